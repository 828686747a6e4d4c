"""When is a blood test or appointment due, and has it taken place?"""
