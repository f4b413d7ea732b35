"""Reusable Keras layers, losses, training and data tools; imports nothing from the contests."""
