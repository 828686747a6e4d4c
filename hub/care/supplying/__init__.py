"""What is there of each medicine, until when does it last, and what lies in which compartment?"""
