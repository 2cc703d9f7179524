"""Converts a camera RAW or an HEIF to a JPEG, which the later steps read."""
