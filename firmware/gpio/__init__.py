"""How do lids, lights, buttons and the buzzer hang on the pins of a Raspberry Pi?"""
