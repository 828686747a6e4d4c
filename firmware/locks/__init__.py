"""What holds the lids of a box, and what may never go wrong with it?"""
