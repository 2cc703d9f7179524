"""Makes ICC profiles in memory."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# Display P3's primaries and white, adapted to D50 (ICC's own Display P3 profile), and the
# parametric form of the sRGB curve.
_DISPLAY_P3 = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
    b"wtpt": (0.96420, 1.0, 0.82491),
}
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# Adobe RGB (1998): the colorants of Adobe's own profile.
_ADOBE_RGB = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
    b"wtpt": (0.95045, 1.0, 1.08905),
}
_SRGB = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
    b"wtpt": (0.96420, 1.0, 0.82491),
}
# Lab of each full ink on white, and what two of them make; black hides all. Roughly offset print.
_INKS = {
    "": (100, 0, 0), "C": (56, -37, -50), "M": (48, 74, -3), "Y": (89, -5, 93),
    "CM": (25, 20, -46), "CY": (50, -65, 27), "MY": (47, 68, 48), "CMY": (24, 0, 0),
}  # fmt: skip


def display_p3(name: str = "Display P3", more: dict[bytes, bytes] | None = None) -> bytes:
    """A version 4 matrix profile of Display P3, with more tags."""
    text = name.encode("utf-16-be")
    description = b"mluc" + bytes(4) + struct.pack(">II", 1, 12) + b"enUS"
    description += struct.pack(">II", len(text), 28) + text
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_SRGB_CURVE)
    tags = {tag: b"XYZ " + bytes(4) + _fixed(*xyz) for tag, xyz in _DISPLAY_P3.items()}
    tags |= {b"desc": description, b"cprt": description}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(tags | (more or {}))


def adobe_rgb() -> bytes:
    """A version 2 matrix profile of Adobe RGB (1998)."""
    tags = {tag: b"XYZ " + bytes(4) + _fixed(*xyz) for tag, xyz in _ADOBE_RGB.items()}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(563 / 256))
    return _profile(tags | _described("Adobe RGB (1998)"), version=2)


def srgb_primaries(gamma: float, name: str) -> bytes:
    """A version 2 matrix profile with the primaries of sRGB and another curve."""
    return _of_srgb(name, *[_gamma(gamma)] * 3)


def srgb_curve(changes: dict[int, int]) -> bytes:
    """A profile of sRGB in which some of the 256 levels have another light."""
    lights = [
        level / 255 / 12.92 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4
        for level in range(256)
    ]
    values = [changes.get(level, round(light * 65535)) for level, light in enumerate(lights)]
    return _of_srgb("sRGB IEC61966-2.1", *[_curve(values)] * 3)


def of_srgb_curve(lights: Sequence[int]) -> bytes:
    """A profile with the primaries of sRGB and a curve of light, 0 to 65,535, for all channels."""
    return _of_srgb("A curve", *[_curve(lights)] * 3)


def gray_curve(lights: Sequence[int]) -> bytes:
    """A profile of gray with a curve of light, 0 to 65,535."""
    white = b"XYZ " + bytes(4) + _fixed(0.96420, 1.0, 0.82491)
    tags = {b"wtpt": white, b"kTRC": _curve(lights)}
    return _profile(tags | _described("Gray"), space=b"GRAY", version=2)


def _curve(lights: Sequence[int]) -> bytes:
    return b"curv" + bytes(4) + struct.pack(f">I{len(lights)}H", len(lights), *lights)


def tinted() -> bytes:
    """A version 2 matrix profile in which gray is reddish."""
    return _of_srgb("Red", _gamma(1.8), _gamma(2.2), _gamma(2.6))


def _of_srgb(name: str, *curves: bytes) -> bytes:
    tags = {tag: b"XYZ " + bytes(4) + _fixed(*xyz) for tag, xyz in _SRGB.items()}
    tags |= dict(zip((b"rTRC", b"gTRC", b"bTRC"), curves, strict=True))
    return _profile(tags | _described(name), version=2)


def swapped_primaries() -> bytes:
    """A version 4 matrix profile of sRGB in which red is blue and blue is red."""
    tags = {tag: b"XYZ " + bytes(4) + _fixed(*xyz) for tag, xyz in _SRGB.items()}
    tags[b"rXYZ"], tags[b"bXYZ"] = tags[b"bXYZ"], tags[b"rXYZ"]
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_SRGB_CURVE)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(tags | _described("Swapped"))


def gray(gamma: float) -> bytes:
    """A version 2 profile of gray with a gamma."""
    white = b"XYZ " + bytes(4) + _fixed(0.96420, 1.0, 0.82491)
    tags = {b"wtpt": white, b"kTRC": _gamma(gamma)}
    return _profile(tags | _described("Gray"), space=b"GRAY", version=2)


def cmyk() -> bytes:
    """A version 2 printer profile: the sixteen corners of CMYK, in Lab, and straight lines."""
    corners = b""
    for index in range(16):
        inks = "".join(ink for bit, ink in zip((8, 4, 2), "CMY", strict=True) if index & bit)
        lightness, a, b = _INKS[inks]
        if index & 1:
            lightness, a, b = lightness // 8, a // 16, b // 16
        corners += bytes((round(lightness * 2.55), a + 128, b + 128))
    ramp = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    table += ramp * 4 + corners + ramp * 3
    tags = {b"A2B0": table, b"wtpt": b"XYZ " + bytes(4) + _fixed(0.96420, 1.0, 0.82491)}
    return _profile(
        tags | _described("Offset"), kind=b"prtr", space=b"CMYK", connection=b"Lab ", version=2
    )


def _gamma(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def _described(name: str) -> dict[bytes, bytes]:
    text = name.encode() + b"\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)
    return {b"desc": description, b"cprt": b"text" + bytes(4) + b"none\0"}


def _profile(
    tags: dict[bytes, bytes],
    *,
    kind: bytes = b"mntr",
    space: bytes = b"RGB ",
    connection: bytes = b"XYZ ",
    version: int = 4,
) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    at = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += padded
    header = struct.pack(">I4sI", at + len(body), b"none", version << 24)
    header += kind + space + connection
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + _fixed(0.96420, 1.0, 0.82491)
    return header.ljust(128, b"\0") + table + body


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
