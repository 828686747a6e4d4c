"""How does the hub keep its record in an SQLite file?"""
