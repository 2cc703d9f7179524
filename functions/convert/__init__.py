"""Converts a camera RAW or an HEIF to a JPEG or PNG, which the later steps read."""
