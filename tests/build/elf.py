"""Reads which libraries a shared library is linked to (System V ABI, chapters 4 and 5)."""

from __future__ import annotations

import struct

MAGIC = b"\x7fELF"
_LOADED, _DYNAMIC = 1, 2  # p_type
_NEEDED, _STRING_TABLE = 1, 5  # d_tag


def needed(data: bytes) -> list[str]:
    """Return the names that a 64-bit little-endian library needs, as in its DT_NEEDED entries."""
    segments = [each for each in _segments(data) if each[0] in {_LOADED, _DYNAMIC}]
    entries = [
        struct.unpack_from("<qQ", data, offset + position)
        for kind, offset, _, size in segments
        if kind == _DYNAMIC
        for position in range(0, size, 16)
    ]
    strings = next((value for tag, value in entries if tag == _STRING_TABLE), 0)
    start = next(
        (
            offset + strings - address
            for kind, offset, address, size in segments
            if kind == _LOADED and address <= strings < address + size
        ),
        0,
    )
    return [_text(data, start + value) for tag, value in entries if tag == _NEEDED]


def _segments(data: bytes) -> list[tuple[int, int, int, int]]:
    """Return type, offset in the file, address and size in the file of each segment."""
    if data[:6] != MAGIC + b"\x02\x01":
        return []
    (table,) = struct.unpack_from("<Q", data, 32)
    length, count = struct.unpack_from("<HH", data, 54)
    found = []
    for index in range(count):
        kind, _, offset, address, _, size = struct.unpack_from(
            "<IIQQQQ", data, table + index * length
        )
        found.append((kind, offset, address, size))
    return found


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode()
