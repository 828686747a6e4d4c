"""What is due, what was taken, and what is yet to be filled?"""
