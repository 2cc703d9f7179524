"""Writes JPEGs in layouts that Pillow does not write."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

from tests.support.pictures import file_of

if TYPE_CHECKING:
    from PIL import Image

ARITHMETIC = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywt"
    "QFdBRkxOUlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
    "T09PT09PT09PT09PT09PT09PT0//yQARCAAQABgDASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/ADkh"
    "XgB5CY14euRA+pGmEPDfXRhB4mIGalBPsSD/2Q=="
)
"""A picture of 24 × 16 in arithmetic coding, red on the left and blue on the right; libjpeg-turbo's
`cjpeg -arithmetic` wrote it."""

_START, _END, _SCAN = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
_LONGEST_RUN = 32_767


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def frame(marker: int, size: tuple[int, int], components: bytes, bits: int = 8) -> bytes:
    """A frame header; `components` has three bytes each: identifier, sampling, table."""
    head = struct.pack(">BHHB", bits, size[1], size[0], len(components) // 3)
    return segment(marker, head + components)


def of_separate_scans(picture: Image.Image) -> bytes:
    """A baseline JPEG of an RGB picture, each component in a scan of its own."""
    gray = [file_of(band) for band in picture.convert("YCbCr").split()]
    tables = gray[0][gray[0].index(b"\xff\xdb") : gray[0].index(b"\xff\xc0")]
    codes = gray[0][gray[0].index(b"\xff\xc4") : gray[0].index(_SCAN)]
    header = frame(0xC0, picture.size, b"\1\x11\0\2\x11\0\3\x11\0")
    scans = b"".join(
        segment(0xDA, bytes((1, number, 0, 0, 63, 0))) + data[data.index(_SCAN) + 10 : -len(_END)]
        for number, data in enumerate(gray, 1)
    )
    return _START + tables + header + codes + scans + _END


def without_pixels(size: tuple[int, int], scans: int) -> bytes:
    """A progressive gray JPEG without an end marker, whose scans consist of empty blocks."""
    left, bits = -(-size[0] // 8) * -(-size[1] // 8), ""
    while left:
        run = min(left, _LONGEST_RUN)
        exponent = run.bit_length() - 1
        assert exponent == 14  # the only run that has a code
        bits += f"0{run - (1 << exponent):014b}"
        left -= run
    bits += "1" * (-len(bits) % 8)
    coded = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    code = segment(0xC4, b"\x10\1" + bytes(15) + b"\xe0")
    scan = segment(0xDA, bytes((1, 1, 0, 1, 63, 0))) + coded
    return _START + frame(0xC2, size, b"\1\x11\0") + code + scan * scans
