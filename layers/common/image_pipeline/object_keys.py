"""What the functions, the template and the tests agree on about object keys."""

UPLOADS_PREFIX = "uploads/"
"""Prefix of the keys of all uploads: the upload rule and the sweep ignore every other object."""

CONVERTED_NAME = "converted"
"""Name of the picture made from a RAW or HEIF upload; no rendition may have it."""

CONVERTED_FILES = {"JPEG": f"{CONVERTED_NAME}.jpg", "PNG": f"{CONVERTED_NAME}.png"}
"""Last part of its key, by its format; the template grants permissions on it by the name."""


def is_folder(key: str, size: int | None) -> bool:
    """Return whether an object of a size in bytes is a folder that the console has made."""
    return key.endswith("/") and size == 0
