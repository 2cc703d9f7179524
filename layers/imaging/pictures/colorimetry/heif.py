"""The color properties of HEIF and AVIF (ISO/IEC 23008-12, 6.5.5; ISO/IEC 14496-12, 12.1.5)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from pictures import limits
from pictures.colorimetry.code_points import color_space
from pictures.colorimetry.stated import StatedColor
from pictures.containers.heif_items import read_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.containers.heif_items import Items

_PROFILES = frozenset({b"prof", b"rICC"})
_CODE_POINTS = struct.Struct(">HH")


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
    profiles = (content[4:] for content in found if content[:4] in _PROFILES)
    if icc := icc or next(profiles, None):
        return StatedColor(icc)
    coded = next((content[4:] for content in found if content[:4] == b"nclx"), b"")
    if len(coded) < _CODE_POINTS.size:
        return StatedColor()
    return StatedColor(None, color_space(*_CODE_POINTS.unpack_from(coded)), "nclx")


def _properties(items: Items) -> Iterator[bytes]:
    """Yield the `colr` properties of the primary picture, else of its first part that has any."""
    number = items.primary
    for _ in range(limits.HEIF_DEPTH + 1):
        item = items.by_number.get(number) if number is not None else None
        if item is None:
            return
        own = [content for kind, content in item.properties if kind == b"colr"]
        if own or not item.parts:
            yield from own
            return
        number = item.parts[0]
