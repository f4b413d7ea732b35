"""LAMOST (Tianchi 2018): classify 2,600-point stellar spectra as star, galaxy, qso or unknown."""
