"""Extracts the metadata of a picture, without decoding it."""
