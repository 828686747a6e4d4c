"""What must any store of the hub be able to do, part by part?"""
