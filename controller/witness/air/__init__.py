"""What is the air at the tablets like, and which limit does it pass?"""
