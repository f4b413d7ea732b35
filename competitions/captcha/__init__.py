"""Captcha: every sign of the picture, or nothing."""
