"""Writes BMPs and icons with headers that Pillow does not write."""

from __future__ import annotations

import struct

RED, GREEN, BLUE, ALPHA = 0xFF0000, 0xFF00, 0xFF, 0xFF000000


def run_length_coded(content: bytes, size: tuple[int, int] = (8, 4)) -> bytes:
    """A picture of 8 bits per pixel in black, red and white."""
    colors = bytes((0, 0, 0, 0, 30, 30, 220, 0, 255, 255, 255, 0))
    header = struct.pack("<IiiHHIIiiII", 40, *size, 1, 8, 1, len(content), 0, 0, 3, 0)
    start = 14 + len(header) + len(colors)
    head = struct.pack("<2sIHHI", b"BM", start + len(content), 0, 0, start)
    return head + header + colors + content


def of_one_color(
    pixel: int,
    masks: tuple[int, int, int, int] = (RED, GREEN, BLUE, ALPHA),
    *,
    bits: int = 32,
    compression: int = 3,
    length: int = 124,
) -> bytes:
    """A BMP with a header of any length: 124 bytes are a BITMAPV5HEADER."""
    pixels = pixel.to_bytes(bits // 8, "little") * 64
    header = struct.pack("<IiiHHIIiiII", length, 8, 8, 1, bits, compression, len(pixels),
                         0, 0, 0, 0) + struct.pack("<4I", *masks)  # fmt: skip
    header = header.ljust(length, b"\0")
    start = 14 + len(header)
    return struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start) + header + pixels


def icon(pixel: int, mask: bytes, *, stated_bits: int = 32) -> bytes:
    """An icon of 8 × 8 pixels of 32 bits, and the mask of each row: four bytes, or none."""
    header = struct.pack("<IiiHHIIiiII", 40, 8, 16, 1, 32, 0, 0, 0, 0, 0, 0)
    body = header + pixel.to_bytes(4, "little") * 64 + mask * 8
    entry = struct.pack("<BBBBHHII", 8, 8, 0, 0, 1, stated_bits, len(body), 22)
    return struct.pack("<3H", 0, 1, 1) + entry + body
