"""What stands wrong with the box, and when is it sounded, said aloud and dimmed?"""
