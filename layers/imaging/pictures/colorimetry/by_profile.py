"""What an ICC profile states beyond its tables: HDR, by code points."""

from __future__ import annotations

import struct

from pictures.colorimetry.stated import StatedColor
from pictures.icc_name import tag_position

_CODE_POINTS = b"cicp"
_LENGTH = 12  # type, reserved, primaries, transfer, matrix, range
_TAG_TABLE_BYTES = 2_048


def by_profile(icc: bytes | None) -> StatedColor:
    """Return what a profile states.

    Where its `cicp` tag names PQ or HLG, that counts: the tables of such a profile are made for
    displays of HDR (ICC.1:2022, 9.2.17 and 10.3).
    """
    if not icc or _CODE_POINTS not in icc[:_TAG_TABLE_BYTES]:
        return StatedColor(icc)
    from pictures.colorimetry.code_points import color_space

    try:
        at = tag_position(icc, _CODE_POINTS)
    except struct.error:  # the tag table is truncated
        at = None
    content = icc[at : at + _LENGTH] if at is not None else b""
    if len(content) < _LENGTH:
        return StatedColor(icc)
    space = color_space(content[8], content[9], as_television=False)
    return StatedColor(icc, space, "ICC") if space and space.transfer.hdr else StatedColor(icc)
