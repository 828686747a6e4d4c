"""In which words is each thing told to caregivers?"""
