"""Writes ICC profiles: a header, a table of tags, and their contents (ICC.1:2001-04, section 6)."""

from __future__ import annotations

import struct

D50 = (0.9642, 1.0, 0.8249)
"""X, Y, Z of the white of the connection space."""


def profile_bytes(
    tags: dict[bytes, bytes], *, kind: bytes, space: bytes, connection: bytes
) -> bytes:
    """Return a profile of version 2.

    Args:
        tags: the content of each tag, with its type.
        kind: the class of the device, such as `mntr` for a display.
        space: the color space of the device, four letters.
        connection: the connection space, `XYZ ` or `Lab `.
    """
    start = 128 + 4 + 12 * len(tags)
    contents, body = struct.pack(">I", len(tags)), b""
    for name, tag in tags.items():
        contents += name + struct.pack(">II", start + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    header = struct.pack(">I4xI", start + len(body), 0x02400000) + kind + space + connection
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + fixed(*D50)
    return header.ljust(128, b"\0") + contents + body


def description(name: str) -> bytes:
    """Return a `desc` tag with a name in ASCII."""
    text = name.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(79)


def xyz(*values: float) -> bytes:
    """Return an `XYZ ` tag."""
    return b"XYZ " + bytes(4) + fixed(*values)


def fixed(*numbers: float) -> bytes:
    """Return numbers as s15Fixed16."""
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))
