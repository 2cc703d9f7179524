"""Where the EXIF of a picture is: in a segment, a chunk, or the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_PNG_SIGNATURE_LENGTH = 8
_CHUNK_FRAME = 12  # length, type and checksum around the data of a PNG chunk
_LEGACY_PNG_KEYS = ("Raw profile type exif", "Raw profile type APP1")
_IDENTIFIER = b"Exif\0\0"


def exif_block(data: bytes, picture: ImageFile) -> bytes | memoryview:
    """The block with the TIFF structure that holds a picture's EXIF; empty if there is none.

    Args:
        data: the whole file.
        picture: the same, opened; it is not decoded.
    """
    if picture.format == "TIFF":
        return data
    if block := picture.info.get("exif"):
        return bytes(block)
    return _png_block(data, picture) if picture.format == "PNG" else b""


def _png_block(data: bytes, picture: ImageFile) -> bytes | memoryview:
    for key in _LEGACY_PNG_KEYS:
        if profile := picture.info.get(key):
            return _hexadecimal_profile(str(profile))
    return _chunk_after_pixels(data)


def _hexadecimal_profile(text: str) -> bytes:
    """What ImageMagick wrote before PNG had an eXIf chunk: a name, a length, then hexadecimal."""
    try:
        block = bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""
    return block if block.startswith(_IDENTIFIER) else b""


def _chunk_after_pixels(data: bytes) -> memoryview:
    """An eXIf chunk that comes after the pixels, where Pillow looks only when it decodes them."""
    view = memoryview(data)
    start = _PNG_SIGNATURE_LENGTH
    while start + _CHUNK_FRAME <= len(view):
        length = int.from_bytes(view[start : start + 4], "big")
        if bytes(view[start + 4 : start + 8]) == b"eXIf":
            return view[start + 8 : start + 8 + length]
        start += length + _CHUNK_FRAME
    return view[:0]
