"""Where the EXIF of a picture is: in a segment, a chunk, or the file itself."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from image_pipeline.limits import PNG_LEGACY_EXIF_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageFile import ImageFile

_PNG_SIGNATURE_LENGTH = 8
_CHUNK_FRAME = 12  # length, type and checksum around the data of a PNG chunk
_LEGACY_PNG_TEXTS = frozenset({b"Raw profile type exif", b"Raw profile type APP1"})
_IDENTIFIER = b"Exif\0\0"


def exif_block(data: bytes, picture: ImageFile) -> bytes | memoryview:
    """The block with the TIFF structure that holds a picture's EXIF; empty if there is none.

    Args:
        data: the whole file.
        picture: the same, opened; it is not decoded.
    """
    if picture.format == "TIFF":
        return data
    if picture.format == "PNG":
        return _png_block(data)
    return bytes(picture.info.get("exif") or b"")


def _png_block(data: bytes) -> bytes | memoryview:
    """An eXIf chunk, wherever it is: Pillow looks behind the pixels only when it decodes them."""
    texts = []
    for kind, content in _chunks(memoryview(data)):
        if kind == b"eXIf":
            return content
        if kind in {b"zTXt", b"tEXt"}:
            texts.append((kind, content))
    profiles = (_legacy_profile(kind, content) for kind, content in texts)
    return next((profile for profile in profiles if profile), b"")


def _legacy_profile(kind: bytes, content: memoryview) -> bytes:
    """What ImageMagick wrote before PNG had an eXIf chunk: a name, a length, then hexadecimal."""
    name, _, text = bytes(content).partition(b"\0")
    if name not in _LEGACY_PNG_TEXTS:
        return b""
    try:
        if kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], PNG_LEGACY_EXIF_BYTES)
        block = bytes.fromhex("".join(text.decode("latin-1").split("\n")[3:]))
    except (ValueError, zlib.error):
        return b""
    return block if block.startswith(_IDENTIFIER) else b""


def _chunks(view: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    start = _PNG_SIGNATURE_LENGTH
    while start + _CHUNK_FRAME <= len(view):
        length = int.from_bytes(view[start : start + 4], "big")
        yield bytes(view[start + 4 : start + 8]), view[start + 8 : start + 8 + length]
        start += length + _CHUNK_FRAME
