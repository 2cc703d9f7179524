"""The color properties of HEIF and AVIF (ISO/IEC 23008-12, 6.5.5; ISO/IEC 14496-12, 12.1.5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from pictures import limits
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import color_space
from pictures.colorimetry.stated import StatedColor
from pictures.containers.heif_items import read_items

if TYPE_CHECKING:
    from pictures.containers.heif_items import Items

_PROFILES = frozenset({b"prof", b"rICC"})
_CODE_POINTS = struct.Struct(">HH")
_LIGHT_UNIT = 10_000


def stated_color(file: BinaryIO, icc: bytes | None) -> StatedColor:
    """Return what the properties of the primary picture state.

    An ICC profile precedes code points, which then only tell the matrix coefficients
    (ISO/IEC 23000-22, 7.3.6.4).

    Args:
        file: the whole file, seekable.
        icc: the profile that the decoder found.
    """
    items = read_items(file)
    found = list(_properties(items)) if items else []
    colors = [content for kind, content in found if kind == b"colr"]
    if icc := icc or next((each[4:] for each in colors if each[:4] in _PROFILES), None):
        return by_profile(icc)
    coded = next((each[4:] for each in colors if each[:4] == b"nclx"), b"")
    if len(coded) < _CODE_POINTS.size:
        return StatedColor()
    space = color_space(*_CODE_POINTS.unpack_from(coded), as_television=False)
    return StatedColor(None, space, "nclx", _peak(dict(found)))


def _properties(items: Items) -> list[tuple[bytes, bytes]]:
    """Return the properties of the primary picture, else of its first part that has a color."""
    number = items.primary
    for _ in range(limits.HEIF_DEPTH + 1):
        item = items.by_number.get(number) if number is not None else None
        if item is None:
            break
        if item.property(b"colr") or not item.parts:
            return item.properties
        number = item.parts[0]
    return []


def _peak(properties: dict[bytes, bytes]) -> float | None:
    """Return the brightest light in cd/m²: that of the content, else of the mastering display."""
    of_content = int.from_bytes(properties.get(b"clli", b"")[:2], "big")
    of_display = int.from_bytes(properties.get(b"mdcv", b"")[16:20], "big") / _LIGHT_UNIT
    return of_content or of_display or None
