"""What was the air around the tablets like over days and weeks, as far as anybody measured it?"""
