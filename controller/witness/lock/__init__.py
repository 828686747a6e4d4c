"""When does the lock let go, and what does it say of it?"""
