"""How is the controller asked from a terminal, and how does it answer?"""
