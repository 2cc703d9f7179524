"""Finds JPEGs that end early although they end properly: half a picture above plain grey.

A JPEG without its end is an error to every decoder. One that was cut and closed again, by a
repair tool or an interrupted upload, is not: libjpeg fills what is missing with middle grey, or, in
a progressive one that has been all over the picture before, leaves it blurred.

More data in front of the end marker tells them apart: it is skipped if the picture was complete
before, and becomes visible if it was not.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from PIL import JpegImagePlugin

if TYPE_CHECKING:
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

_SCAN, _END, _ARITHMETIC = b"\xff\xda", b"\xff\xd9", b"\xff\xca"
# Bits that every Huffman table decodes to something; no 0xFF, which would begin a marker.
_MORE = bytes(range(1, 251, 2)) * 40
_COEFFICIENTS = 64  # of a block
_STRIP = 256  # lines; what is compared at once


def looks_cut_short(image: Image.Image) -> bool:
    """Whether the last pixel of a decoded JPEG is what libjpeg fills missing ones with."""
    last = image.getpixel((image.width - 1, image.height - 1))
    return set(last if isinstance(last, tuple) else (last,)) == {128}


def is_cut_short(data: bytes, scan: int) -> bool:
    """Whether a JPEG has less picture data than its size asks for.

    Args:
        data: the file, which Pillow decodes.
        scan: where its picture data starts, or something before that but behind the metadata.
    """
    longer = _with_more(data, scan)
    return longer is not None and _glance(data) != _glance(longer)


def is_blurred(image: JpegImageFile, data: bytes, scan: int) -> bool:
    """Whether a decoded progressive JPEG lacks picture data that would show.

    Args:
        image: the file as decoded, at whatever scale.
        data: the file.
        scan: as for `is_cut_short`.
    """
    longer = _with_more(data, scan) if _could_be_blurred(image, data, scan) else None
    if longer is None:
        return False
    other = JpegImagePlugin.JpegImageFile(io.BytesIO(longer))
    width, height = other.size
    sizes = {scale: (-(-width // scale), -(-height // scale)) for scale in (1, 2, 4, 8)}
    scale = next((scale for scale, size in sizes.items() if size == image.size), 1)
    other.draft(image.mode, (width // scale or 1, height // scale or 1))
    strips = ((0, top, image.width, top + _STRIP) for top in range(0, image.height, _STRIP))
    return any(image.crop(strip).tobytes() != other.crop(strip).tobytes() for strip in strips)


def _could_be_blurred(image: JpegImageFile, data: bytes, scan: int) -> bool:
    """Whether a second decode is worth its time, which is half that of all renditions or more.

    Encoders end with the last bit of all coefficients. Where they did not, or where the last scan
    brings coefficients for the first time, much can be missing. In other files it is little; half
    of those cut show it by ending with a zero, while a whole scan is filled up with ones, which
    leaves a zero at the end of one in eight (ITU-T T.81, F.1.2.3 and annex G).
    """
    start, end = max(data.rfind(_SCAN, 0, scan), 0), data.find(_END, scan)
    if _ARITHMETIC in data[:scan]:  # whose data has no end of its own: more of it tells nothing
        return False
    missing = {(component[0], place) for component in image.layer for place in range(_COEFFICIENTS)}
    brings_new = True
    for found in re.finditer(_SCAN, memoryview(data)[start:end]):
        header = start + found.end() + 2
        spectrum = header + 1 + 2 * data[header]
        first, last, bits = data[spectrum : spectrum + 3].ljust(3, b"\0")
        brings_new = bits >> 4 == 0
        if bits & 15 == 0:
            components = data[header + 1 : spectrum : 2]
            missing -= {(part, place) for part in components for place in range(first, last + 1)}
    return bool(missing) or brings_new or data[end - 1] & 1 == 0


def _with_more(data: bytes, scan: int) -> bytes | None:
    """The file with more data in front of its end; None if it has no end."""
    end = data.find(_END, scan)
    return data[:end] + _MORE + data[end:] if end >= 0 else None


def _glance(data: bytes) -> bytes:
    picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    picture.draft(None, (picture.width // 8 or 1, picture.height // 8 or 1))
    return picture.tobytes()
