"""How does the box speak, in a made voice or in one that the family has recorded?"""
