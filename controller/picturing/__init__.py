"""How does each state of the panel look and sound, drawn for people to read?"""
