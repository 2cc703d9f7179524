"""The color specification of a JPEG 2000 (ISO/IEC 15444-1, I.5.3.3; 15444-2, M.11.7.3)."""

from __future__ import annotations

import io
from itertools import islice

from pictures import limits
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import SRGB
from pictures.colorimetry.stated import ColorSpace, Primaries, StatedColor, Transfer
from pictures.containers import read_at
from pictures.containers.boxes import Box, boxes

_ENUMERATED, _PROFILES = 1, frozenset({2, 3})
_HEAD_LENGTH = 3  # method, precedence, approximation
_SRGB, _SYCC, _ROMM = 16, 18, 21
_ROMM_PRIMARIES = Primaries((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585))


def stated_color(data: bytes) -> StatedColor:
    """Return what the first color specification that is understood states.

    Args:
        data: the whole file; a bare codestream states nothing.
    """
    file = io.BytesIO(data)
    for box in _inside(file, Box(b"", 0, len(data))):
        if box.kind == b"jp2h":
            stated = (_specified(file, each) for each in _inside(file, box) if each.kind == b"colr")
            return next((color for color in stated if color), StatedColor())
    return StatedColor()


def _inside(file: io.BytesIO, box: Box) -> list[Box]:
    most = limits.JPEG2000_BOXES  # only as far as is searched for the pixels
    found = boxes(file, box.start, box.end, most=most + 1, is_lenient=True)
    return list(islice(found, most))


def _specified(file: io.BytesIO, box: Box) -> StatedColor | None:
    content = read_at(file, box.start, min(box.end - box.start, limits.ICC_BYTES))
    method, value = content[:1], content[_HEAD_LENGTH:]
    if method and method[0] in _PROFILES and value:
        return by_profile(value)
    if method == bytes((_ENUMERATED,)):
        number = int.from_bytes(value[:4], "big")
        if number in {_SRGB, _SYCC}:
            return StatedColor(None, SRGB, "colr")
        if number == _ROMM:
            romm = ColorSpace("ROMM RGB", _ROMM_PRIMARIES, Transfer(_romm))
            return StatedColor(None, romm, "colr")
    return None


def _romm(level: float) -> float:
    """Return the light of ISO 22028-2."""
    return float(level**1.8) if level >= 1 / 32 else level / 16
