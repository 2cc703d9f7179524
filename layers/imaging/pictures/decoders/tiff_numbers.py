"""Samples of a TIFF as Pillow's pictures of numbers: integers, and floats of any length."""

from __future__ import annotations

import math
import struct
from functools import cache

from PIL import Image

from pictures.decoders.tiff_planes import Numbers

_PIECE = 1 << 20  # pixels that are widened at a time


def integers(numbers: Numbers, size: tuple[int, int]) -> Image.Image:
    """Return unsigned numbers of 16 bits, in the mode I."""
    return Image.frombytes("I", size, numbers.data, "raw", "I;16")


def floats(numbers: Numbers, size: tuple[int, int]) -> Image.Image:
    """Return floats of 16 to 64 bits in the mode F."""
    octets, data = numbers
    if octets >= 4:
        return Image.frombytes("F", size, data, "raw", f"F;{8 * octets}F")
    # In pieces, so that no more than one picture in floats is needed.
    whole, row = Image.new("F", size), octets * size[0]
    rows = max(1, _PIECE // size[0])
    for top in range(0, size[1], rows):
        piece = data[top * row : (top + rows) * row]
        whole.paste(_wider(Numbers(octets, piece), size[0]), (0, top))
    return whole


def _wider(numbers: Numbers, width: int) -> Image.Image:
    """Return some rows of short floats in the mode F."""
    octets, data = numbers
    count = len(data) // octets
    prefix = bytearray(2 * count)
    prefix[::2], prefix[1::2] = data[octets - 2 :: octets], data[octets - 1 :: octets]
    patterns = integers(Numbers(2, bytes(prefix)), (width, count // width))
    wide = bytearray(4 * count)
    for octet, table in enumerate(_wider_floats(octets)):
        wide[octet::4] = patterns.point(table, "L").tobytes()
    return Image.frombytes("F", patterns.size, bytes(wide), "raw", "F;32F")


@cache
def _wider_floats(octets: int) -> tuple[list[int], ...]:
    """Return each byte of the 32-bit float for the first 16 bits of a shorter one.

    A float of 24 bits has 7 bits of exponent; the rest of its mantissa is below any visible level.
    """
    exponent_bits = {2: 5, 3: 7}[octets]
    mantissa_bits, bias = 15 - exponent_bits, (1 << exponent_bits - 1) - 1
    wide = []
    for pattern in range(1 << 16):
        exponent = pattern >> mantissa_bits & (1 << exponent_bits) - 1
        mantissa = (pattern & (1 << mantissa_bits) - 1) + (bool(exponent) << mantissa_bits)
        number = math.ldexp(mantissa, max(exponent, 1) - bias - mantissa_bits)
        wide.append(-number if pattern >> 15 else number)
    packed = struct.pack(f"<{len(wide)}f", *wide)
    return tuple(list(packed[octet::4]) for octet in range(4))
