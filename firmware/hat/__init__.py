"""How does a Sense HAT show signs, and how is its sensor and joystick read?"""
