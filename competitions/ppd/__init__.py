"""PPD (Magic Mirror Cup 2018): do two anonymised questions mean the same?"""
