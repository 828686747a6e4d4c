"""How does a prescription change from a date on, and what does that change day by day?"""
