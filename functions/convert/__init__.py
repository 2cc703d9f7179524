"""Turns a camera RAW or an HEIF into a JPEG that everything else can read."""
