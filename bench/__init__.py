"""Each contest's models beside their peers, in one run: `make bench COMP=lamost data=DATA`."""
