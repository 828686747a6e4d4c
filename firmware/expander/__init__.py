"""How are more lids watched than the header has pins?"""
