"""Tells whether all of a JPEG is there, whether or not it has an end marker.

Without one, the codes of the picture data are read to their end. With one, decoders report nothing
about a file that was truncated and closed again, by a repair tool or an interrupted upload: libjpeg
fills the missing part with middle gray, or leaves it blurred if an earlier scan of a progressive
picture has covered it. The test is to insert data before the end marker: decoders skip it if the
picture was complete, and show it if not.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import JpegImagePlugin

from pictures import limits
from pictures.containers.jpeg_segments import (
    END_MARKER,
    end_of_image,
    end_of_scans,
    last_scan,
    scans,
)

if TYPE_CHECKING:
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

# Bits that every Huffman table decodes to something; without 0xFF, which would begin a marker.
_MORE = bytes(range(1, 251, 2)) * 40
_PROGRESSIVE = b"\xff\xc2"
_COEFFICIENTS = 64  # of a block
_STRIP = 256  # lines that are compared at once


def completed(data: bytes, scan: int) -> bytes:
    """Return a picture without an end marker as a file that ends with its picture data and one.

    Args:
        data: the file.
        scan: where the picture data starts, or a position between the metadata and that.

    Raises:
        EOFError: part of the picture is missing.
        ValidationError: finding out would take too long (`too_complex`).
    """
    from pictures.decoders.jpeg_scans import end_of_picture

    is_progressive = _PROGRESSIVE in data[:scan]
    most = limits.JPEG_WALKED_PROGRESSIVE_BYTES if is_progressive else limits.JPEG_WALKED_BYTES
    is_short = len(data) - scan <= most
    end = end_of_picture(data) if is_short else _shown_end(data, scan)
    if end is None:
        raise EOFError
    return data[:end] + END_MARKER


def _shown_end(data: bytes, scan: int) -> int | None:
    """Return where a long picture ends; None if it shows what is inserted there.

    This takes two decodes, and overlooks a truncated picture whose trailing bytes pass for blocks.
    """
    end = end_of_scans(data, scan)
    glances = (_glance(data[:end] + more + END_MARKER, 2) for more in (b"", _MORE))
    return end if next(glances) == next(glances) else None


def lacks_pixels(picture: JpegImageFile, data: bytes, scan: int) -> bool:
    """Return whether part of a decoded picture is missing although it has an end marker.

    Args:
        picture: the file as decoded, at whatever scale.
        data: the file.
        scan: where the picture data starts, or a position between the metadata and that.
    """
    if _looks_cut_short(picture) and _is_cut_short(data, scan):
        return True
    return "progressive" in picture.info and _is_blurred(picture, data, scan)


def _looks_cut_short(image: Image.Image) -> bool:
    """Return whether the last pixel of a decoded JPEG is the gray of missing pixels."""
    last = image.getpixel((image.width - 1, image.height - 1))
    return set(last if isinstance(last, tuple) else (last,)) == {128}


def _is_cut_short(data: bytes, scan: int) -> bool:
    """Return whether a JPEG has less picture data than its size requires."""
    longer = _with_more(data, scan)
    return longer is not None and _glance(data, 8) != _glance(longer, 8)


def _is_blurred(image: JpegImageFile, data: bytes, scan: int) -> bool:
    """Return whether a decoded progressive JPEG lacks visible picture data."""
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
    """Return whether a second decode is worth its time, half that of all renditions or more.

    Encoders end with the last bit of all coefficients. If they did not, or if the last scan
    is the first with some of the coefficients, much can be missing. In other files it is little:
    half of the truncated ones show it by ending with a zero bit, while a complete scan is padded
    with ones, which leaves a zero at the end of one in eight (ITU-T T.81, F.1.2.3 and annex G).
    """
    end = end_of_image(data, scan)
    if end is None:
        return False
    missing = {(component[0], place) for component in image.layer for place in range(_COEFFICIENTS)}
    brings_new = True
    for scan_at in scans(data, last_scan(data, scan), end):
        header = scan_at + 2  # after the length
        spectrum = header + 1 + 2 * data[header]
        first, last, bits = data[spectrum : spectrum + 3].ljust(3, b"\0")
        brings_new = bits >> 4 == 0
        if bits & 15 == 0:
            components = data[header + 1 : spectrum : 2]
            missing -= {(part, place) for part in components for place in range(first, last + 1)}
    return bool(missing) or brings_new or data[end - 1] & 1 == 0


def _with_more(data: bytes, scan: int) -> bytes | None:
    """Return the file with more data before its end marker; None if it has none."""
    end = end_of_image(data, scan)
    return None if end is None else data[:end] + _MORE + data[end:]


def _glance(data: bytes, scale: int) -> bytes:
    picture = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    picture.draft(None, (picture.width // scale or 1, picture.height // scale or 1))
    return picture.tobytes()
