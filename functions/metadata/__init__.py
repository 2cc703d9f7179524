"""Reads what a picture says about itself, without decoding it."""
