"""Toy: the colour of a point on a chequered board; the smallest complete contest."""
