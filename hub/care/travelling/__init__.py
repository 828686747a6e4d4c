"""When is a medicine due for somebody who is on a trip, and how does the day at home come back?"""
