"""Which sensors of the air does this box have, and how is each of them read?"""
