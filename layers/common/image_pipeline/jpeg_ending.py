"""Finds JPEGs that end early although they end properly: half a picture above plain grey.

A JPEG without its end is an error to every decoder. One that was cut and closed again, by a
repair tool or an interrupted upload, is not: libjpeg fills what is missing with middle grey.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import JpegImagePlugin

if TYPE_CHECKING:
    from PIL import Image

_END = b"\xff\xd9"
# Bits that every Huffman table decodes to something; no 0xFF, which would begin a marker.
_MORE = bytes(range(1, 251, 2)) * 40


def looks_cut_short(image: Image.Image) -> bool:
    """Whether the last pixel of a decoded JPEG is what libjpeg fills missing ones with."""
    last = image.getpixel((image.width - 1, image.height - 1))
    return set(last if isinstance(last, tuple) else (last,)) == {128}


def is_cut_short(data: bytes, scan: int) -> bool:
    """Whether a JPEG has less picture data than its size asks for.

    More data in front of the end marker is skipped if the picture was complete before, and
    becomes visible if it was not.

    Args:
        data: the file, which Pillow decodes.
        scan: where its picture data starts, or something before that but behind the metadata.
    """
    end = data.find(_END, scan)
    return end >= 0 and _glance(data) != _glance(data[:end] + _MORE + data[end:])


def _glance(data: bytes) -> bytes:
    picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    picture.draft(None, (picture.width // 8 or 1, picture.height // 8 or 1))
    return picture.tobytes()
