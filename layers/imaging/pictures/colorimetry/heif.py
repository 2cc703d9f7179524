"""The color properties of HEIF and AVIF (ISO/IEC 23008-12, 6.5.5; ISO/IEC 14496-12, 12.1.5)."""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, BinaryIO

from pictures import limits
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import (
    MATRICES,
    PRIMARIES,
    TRANSFERS,
    UNSPECIFIED,
    color_space,
)
from pictures.colorimetry.hevc import hevc_code_points
from pictures.colorimetry.stated import UNSTATED, StatedColor
from pictures.containers.boxes import find, whole
from pictures.containers.heif_items import read_items
from pictures.preflight.coded_size import av1_code_points

if TYPE_CHECKING:
    from pictures.containers.heif_items import Item, Items

_PROFILES = frozenset({b"prof", b"rICC"})
_CODE_POINTS, _CODES = struct.Struct(">HH"), struct.Struct(">3H")
_NAMED = re.compile(b"(colrnclx)(.{6})", re.DOTALL)
_LIGHT_UNIT = 10_000


def stated_color(file: BinaryIO, icc: bytes | None) -> StatedColor:
    """Return what the properties of the primary picture state, otherwise its coded data.

    An ICC profile precedes code points, which then only tell the matrix coefficients
    (ISO/IEC 23000-22, 7.3.6.4).

    Args:
        file: the whole file, seekable.
        icc: the profile that the decoder found.
    """
    items = read_items(file)
    item = _described(items) if items else None
    if item is None:
        return by_profile(icc)
    colors = [content for kind, content in item.properties if kind == b"colr"]
    if icc := icc or next((each[4:] for each in colors if each[:4] in _PROFILES), None):
        return by_profile(icc)
    coded = next((each[4:] for each in colors if each[:4] == b"nclx"), b"")
    if len(coded) >= _CODE_POINTS.size:
        codes, source = _CODE_POINTS.unpack_from(coded), "nclx"
    else:
        codes, source = _codes_in_data(file, item)
    space = color_space(*codes, as_television=False)
    return StatedColor(None, space, source, _peak(dict(item.properties))) if space else UNSTATED


def _described(items: Items) -> Item | None:
    """Return the primary picture, or its first part that has a color or is coded itself."""
    number = items.primary
    for _ in range(limits.HEIF_DEPTH + 1):
        item = items.by_number.get(number) if number is not None else None
        if item is None or item.property(b"colr") or not item.parts:
            return item
        number = item.parts[0]
    return None


def _codes_in_data(file: BinaryIO, item: Item) -> tuple[tuple[int, int], str]:
    """Return the code points that a coded picture states itself, and the name of its coding."""
    found, source = hevc_code_points(item.property(b"hvcC")), "HEVC"
    if item.kind == b"av01" and item.extents:
        found, source = av1_code_points(file, *item.extents[0]), "AV1"
    return found or (UNSPECIFIED, UNSPECIFIED), source


def _peak(properties: dict[bytes, bytes]) -> float | None:
    """Return the brightest light in cd/m²: that of the content, else of the mastering display."""
    of_content = int.from_bytes(properties.get(b"clli", b"")[:2], "big")
    of_display = int.from_bytes(properties.get(b"mdcv", b"")[16:20], "big") / _LIGHT_UNIT
    return of_content or of_display or None


def with_known_code_points(data: bytes) -> bytes:
    """Return a file with `unspecified` for reserved code points, on which pillow-heif fails.

    Other readers ignore them, as ITU-T H.273 demands.
    """
    file = io.BytesIO(data)
    meta = find(file, whole(file), b"meta")
    if meta is None:
        return data
    items = data[meta.start : meta.end]
    known = _NAMED.sub(_with_known_codes, items)
    return data if known == items else data[: meta.start] + known + data[meta.end :]


def _with_known_codes(named: re.Match[bytes]) -> bytes:
    codes = zip(_CODES.unpack(named[2]), (PRIMARIES, TRANSFERS, MATRICES), strict=True)
    known = (code if code in table else UNSPECIFIED for code, table in codes)
    return named[1] + _CODES.pack(*known)
