"""How is the computer in the box: its power, its warmth, its card, its radio, its battery?"""
