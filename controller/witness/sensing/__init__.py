"""Which of the sensors can be believed?"""
