"""What did the installer say of this box, and what must be mended before it can be relied on?"""
