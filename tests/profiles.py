"""Makes ICC profiles in memory."""

from __future__ import annotations

import struct

# Display P3's primaries and white, adapted to D50 (ICC's own Display P3 profile), and the
# parametric form of the sRGB curve.
_DISPLAY_P3 = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
    b"wtpt": (0.96420, 1.0, 0.82491),
}
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def display_p3(name: str = "Display P3") -> bytes:
    """A version 4 matrix profile of Display P3."""
    text = name.encode("utf-16-be")
    description = b"mluc" + bytes(4) + struct.pack(">II", 1, 12) + b"enUS"
    description += struct.pack(">II", len(text), 28) + text
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_SRGB_CURVE)
    tags = {tag: b"XYZ " + bytes(4) + _fixed(*xyz) for tag, xyz in _DISPLAY_P3.items()}
    tags |= {b"desc": description, b"cprt": description}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    return _profile(tags)


def _profile(tags: dict[bytes, bytes]) -> bytes:
    table, body = struct.pack(">I", len(tags)), b""
    at = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", at + len(body), len(content))
        body += padded
    header = struct.pack(">I4sI", at + len(body), b"none", 0x04000000) + b"mntrRGB XYZ "
    header += struct.pack(">6H4s", 2024, 1, 1, 0, 0, 0, b"acsp")
    header = header.ljust(68, b"\0") + _fixed(0.96420, 1.0, 0.82491)
    return header.ljust(128, b"\0") + table + body


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
