"""The clean aperture of an HEIF or AVIF, a crop: ISO/IEC 14496-12, 12.1.4."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

_NUMBERS = struct.Struct(">4I2i2i")  # width, height, both offsets of the center; each a fraction


def clean_aperture(content: bytes, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Return the part that is shown: left, top, right, bottom in pixels; None for the whole.

    Args:
        content: of the `clap` property; empty without any.
        size: width and height of the picture in pixels, before rotation.
    """
    if len(content) < _NUMBERS.size:
        return None
    numbers = _NUMBERS.unpack_from(content)
    if not all(numbers[1::2]):  # a denominator of zero
        return None
    width, height, across, down = (
        Fraction(top, bottom) for top, bottom in zip(numbers[::2], numbers[1::2], strict=True)
    )
    left, right = _span(width, across, size[0])
    top, bottom = _span(height, down, size[1])
    if left >= right or top >= bottom or (left, top, right, bottom) == (0, 0, *size):
        return None
    return left, top, right, bottom


def _span(length: Fraction, offset: Fraction, whole: int) -> tuple[int, int]:
    """Return start and end, within the picture, of an aperture around its center."""
    start = math.floor((whole - length) / 2 + offset)
    return max(start, 0), min(start + math.floor(length), whole)
