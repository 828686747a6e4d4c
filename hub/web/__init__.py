"""How does a caregiver see an alert in a browser, and answer it there?"""
