"""The color specification of a JPEG 2000 (ISO/IEC 15444-1, I.5.3.3; 15444-2, M.11.7.3)."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import islice
from typing import BinaryIO, NamedTuple

from pictures import limits
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import SRGB
from pictures.colorimetry.stated import ColorSpace, Primaries, StatedColor, Transfer
from pictures.containers import read_at
from pictures.containers.boxes import Box, boxes, whole

_ENUMERATED, _PROFILES = 1, frozenset({2, 3})
_HEAD_LENGTH = 3  # method, precedence, approximation
_SRGB, _SYCC, _ROMM = 16, 18, 21
YCC_709, YCC_601_FULL, YCC_601, CIELAB, E_SYCC = 1, 3, 4, 14, 24
"""Spaces whose pixels the decoder here converts to sRGB, by their numbers."""

_CONVERTED = {
    YCC_709: "YCbCr of BT.709",
    YCC_601_FULL: "YCbCr",
    YCC_601: "YCbCr of BT.601",
    CIELAB: "CIELab",
    E_SYCC: "e-sYCC",
}
_ROMM_PRIMARIES = Primaries((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))


class Specification(NamedTuple):
    """An enumerated space, the position of its number in the file, and its parameters."""

    number: int
    position: int
    parameters: bytes


def stated_color(data: bytes) -> StatedColor:
    """Return what the first color specification that is understood states.

    Args:
        data: the whole file; a bare codestream states nothing.
    """
    found = _first(io.BytesIO(data))
    if not isinstance(found, Specification):
        return by_profile(found)
    if found.number == _ROMM:
        romm = ColorSpace("ROMM RGB", _ROMM_PRIMARIES, Transfer(_romm))
        return StatedColor(None, romm, "colr")
    name = _CONVERTED.get(found.number, SRGB.name)
    return StatedColor(None, replace(SRGB, name=name), "colr")


def to_be_converted(file: BinaryIO) -> Specification | None:
    """Return the space that pixels have to be converted from by hand; None for any other."""
    found = _first(file)
    return found if isinstance(found, Specification) and found.number in _CONVERTED else None


def _first(file: BinaryIO) -> Specification | bytes | None:
    """Return the first enumerated space or ICC profile that is understood."""
    for box in _inside(file, whole(file)):
        if box.kind == b"jp2h":
            every = (_read(file, each) for each in _inside(file, box) if each.kind == b"colr")
            return next((found for found in every if found), None)
    return None


def _inside(file: BinaryIO, box: Box) -> list[Box]:
    most = limits.JPEG2000_BOXES  # only as far as is searched for the pixels
    found = boxes(file, box.start, box.end, most=most + 1, is_lenient=True)
    return list(islice(found, most))


def _read(file: BinaryIO, box: Box) -> Specification | bytes | None:
    content = read_at(file, box.start, min(box.end - box.start, limits.ICC_BYTES))
    method, value = content[:1], content[_HEAD_LENGTH:]
    if method and method[0] in _PROFILES:
        return value or None
    number = int.from_bytes(value[:4], "big") if len(value) >= 4 else 0
    if method == bytes((_ENUMERATED,)) and number in {_SRGB, _SYCC, _ROMM, *_CONVERTED}:
        return Specification(number, box.start + _HEAD_LENGTH, value[4:])
    return None


def _romm(level: float) -> float:
    """Return the light of ISO 22028-2."""
    return float(level**1.8) if level >= 1 / 32 else level / 16
