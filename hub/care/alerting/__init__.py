"""Who is told what, in which order and in which words?"""
