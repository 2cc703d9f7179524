"""Parts of object keys that the functions, the template and the tests agree on."""

UPLOADS_PREFIX = "uploads/"
"""Prefix of the keys of all uploads: the upload rule and the sweep ignore every other object."""

CONVERTED_NAME = "converted"
"""Name of the JPEG made from a RAW or HEIF upload; reserved, so that no rendition has its key."""

CONVERTED_FILE = f"{CONVERTED_NAME}.jpg"
"""Last part of the key of that JPEG; the template grants permissions on it by this name."""
