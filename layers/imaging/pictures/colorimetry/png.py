"""The color chunks of a PNG (PNG specification, third edition, 4.3 and 11.3.2)."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import BT_709, SRGB, color_space
from pictures.colorimetry.stated import LOST_PROFILE, ColorSpace, Primaries, StatedColor
from pictures.colorimetry.transfer_functions import power
from pictures.containers import read_at
from pictures.containers.png_chunks import chunks, is_sound

if TYPE_CHECKING:
    from pictures.colorimetry.stated import Chromaticity

_LENGTHS = {b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"cLLI": 8, b"mDCV": 24}
_KIND_AT, _IS_COLOR = 25, 2  # the color type in the header, and its flag
_RGB = 0  # matrix coefficients; a PNG holds nothing else
_UNIT, _LIGHT_UNIT = 100_000, 10_000
_UNSPECIFIED = 2
# A gamma alone within 5 % of that of sRGB means sRGB: the tolerance of libpng and of browsers.
_SRGB_GAMMA, _TOLERANCE = 1 / 2.2, 0.05
_GAMMAS = (0.1, 10.0)  # plausible exponents
_WHITES = (0.2, 0.5)  # and coordinates of white: from 1,900 K to beyond the bluest sky


def named_space(data: bytes, icc: bytes | None) -> StatedColor:
    """Return what the chunks state: cICP, a profile, sRGB, gAMA with cHRM, in this order.

    A chunk with a wrong length or checksum is not there, nor is a cICP of reserved or unspecified
    code points, nor a profile for gray in a picture of another color type (11.3.2.3).

    Args:
        data: the whole file.
        icc: the profile that it holds.
    """
    found = _color_chunks(data)
    if space := _coded(found.get(b"cICP", b"")):
        return StatedColor(None, space, "cICP", _peak(found))
    is_lost = icc == LOST_PROFILE
    if icc and not is_lost and not (data[_KIND_AT] & _IS_COLOR and icc[16:20] == b"GRAY"):
        return by_profile(icc)
    if b"sRGB" in found:
        return StatedColor(None, SRGB, "sRGB")
    if b"gAMA" not in found:
        return StatedColor(LOST_PROFILE) if is_lost else StatedColor()
    return _measured(found[b"gAMA"], found.get(b"cHRM"))


def _color_chunks(data: bytes) -> dict[bytes, bytes]:
    """Return the content of the color chunks before the pixels, the first of each kind."""
    file, found = io.BytesIO(data), dict[bytes, bytes]()
    for kind, position, length in chunks(file):
        if kind == b"IDAT":
            break
        is_new = _LENGTHS.get(kind) == length and kind not in found
        if is_new and is_sound(file, kind, position, length):
            found[kind] = read_at(file, position, length)
    return found


def _coded(content: bytes) -> ColorSpace | None:
    """Return the space of a cICP chunk: primaries, transfer, matrix, range."""
    if len(content) < 3 or content[2] != _RGB or _UNSPECIFIED in content[:2]:
        return None
    return color_space(content[0], content[1], as_television=True)


def _peak(found: dict[bytes, bytes]) -> float | None:
    """Return the brightest light in cd/m²: that of the content, else of the mastering display."""
    of_content = int.from_bytes(found.get(b"cLLI", b"")[:4], "big")
    of_display = int.from_bytes(found.get(b"mDCV", b"")[16:20], "big")
    return (of_content or of_display) / _LIGHT_UNIT or None


def _measured(gamma: bytes, chromaticities: bytes | None) -> StatedColor:
    """Return the space of a gamma and of chromaticities; those of sRGB if there are none."""
    exponent = int.from_bytes(gamma, "big") / _UNIT
    if not _GAMMAS[0] <= exponent <= _GAMMAS[1]:
        return StatedColor()
    primaries = _primaries(chromaticities) if chromaticities else None
    if primaries is None:
        if abs(exponent / _SRGB_GAMMA - 1) <= _TOLERANCE:
            return StatedColor(None, SRGB, "gAMA")
        space = ColorSpace(f"gamma {1 / exponent:.4g}", BT_709, power(1 / exponent))
        return StatedColor(None, space, "gAMA")
    name = f"gamma {1 / exponent:.4g} with chromaticities"
    return StatedColor(None, ColorSpace(name, primaries, power(1 / exponent)), "gAMA, cHRM")


def _primaries(content: bytes) -> Primaries | None:
    """Return stored chromaticities; None if no display can have them."""
    numbers = [number / _UNIT for number in struct.unpack(">8I", content)]
    pairs: list[Chromaticity] = list(zip(numbers[::2], numbers[1::2], strict=True))
    white, red, green, blue = pairs
    low, high = _WHITES
    is_white = all(low <= value <= high for value in white)
    is_possible = all(x <= 1 and y <= 1 and x + y <= 1 for x, y in pairs)
    sides = [_side(*edge, white) for edge in ((red, green), (green, blue), (blue, red))]
    is_inside = min(sides) > 0 or max(sides) < 0
    return Primaries(red, green, blue, white) if is_white and is_possible and is_inside else None


def _side(start: Chromaticity, end: Chromaticity, point: Chromaticity) -> float:
    """Return on which side of a line a point is, by sign; 0 on the line."""
    across = (end[0] - start[0]) * (point[1] - start[1])
    return across - (end[1] - start[1]) * (point[0] - start[0])
