"""Profiles of linear light, as Photoshop embeds in pictures of 32 bits per channel.

Eight bits of linear light are not enough for dark tones, so such pictures are encoded like sRGB
while they are reduced, and their profile is replaced by one for that.
"""

from __future__ import annotations

import struct

from pictures.colorimetry.named_profile import curve_of
from pictures.colorimetry.transfer_functions import SRGB
from pictures.icc_file import D50, description, profile_bytes, xyz
from pictures.icc_name import tag_position

_CURVES = (b"rTRC", b"gTRC", b"bTRC")
_COLORANTS = (b"rXYZ", b"gXYZ", b"bXYZ")
_TABLES = b"A2B0"
_UNIT = 65536  # of s15Fixed16
_STRAIGHT = (0, 65535)


def encoded_like_srgb(profile: bytes) -> bytes | None:
    """Return a profile with the same primaries for levels that are encoded like sRGB.

    None unless the profile is one of linear RGB.
    """
    try:
        if tag_position(profile, _TABLES) is not None:
            return None
        if not all(_is_straight(profile, curve) for curve in _CURVES):
            return None
        tags = {name: xyz(*_colorant(profile, name)) for name in _COLORANTS}
    except struct.error:  # truncated, or without one of these
        return None
    tags |= {b"desc": description("Encoded like sRGB"), b"wtpt": xyz(*D50)}
    tags |= dict.fromkeys(_CURVES, curve_of(SRGB))
    return profile_bytes(tags, kind=b"mntr", space=b"RGB ", connection=b"XYZ ")


def is_linear_gray(profile: bytes) -> bool:
    """Return whether a profile is one of linear gray."""
    try:
        return _is_straight(profile, b"kTRC")
    except struct.error:  # truncated, or without that curve
        return False


def _is_straight(profile: bytes, name: bytes) -> bool:
    """Return whether a curve is a straight line (ICC.1:2022, 10.6 and 10.18)."""
    at = _position(profile, name)
    kind = profile[at : at + 4]
    if kind == b"para":
        function, gamma = struct.unpack_from(">H2xi", profile, at + 8)
        return (function, gamma) == (0, _UNIT)
    if kind != b"curv":
        return False
    (count,) = struct.unpack_from(">I", profile, at + 8)
    if count == 1:
        return struct.unpack_from(">H", profile, at + 12) == (256,)
    return count == 0 or (
        count == len(_STRAIGHT) and struct.unpack_from(">2H", profile, at + 12) == _STRAIGHT
    )


def _colorant(profile: bytes, name: bytes) -> tuple[float, float, float]:
    x, y, z = struct.unpack_from(">3i", profile, _position(profile, name) + 8)
    return x / _UNIT, y / _UNIT, z / _UNIT


def _position(profile: bytes, name: bytes) -> int:
    at = tag_position(profile, name)
    if at is None:
        raise struct.error
    return at
