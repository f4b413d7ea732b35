"""Trained models at work, a module for each kind; `inference.py` says what all of them offer."""
