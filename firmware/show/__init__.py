"""How do lights, signs and sounds reach the patient while nobody waits for them?"""
