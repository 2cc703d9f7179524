"""Patches HEIF files that would crash the decoder."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pictures.containers.boxes import boxes, find, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.containers.boxes import Box

_FULL_BOX_HEADER = 4  # version and flags
_UNKNOWN = ord("?")


def with_readable_items(data: bytes) -> bytes:
    """Return the file with `?` for each non-ASCII byte of an item name that is not UTF-8.

    pi-heif up to its last release (1.4.0) crashes the process on an item whose type or content
    type is not UTF-8 (fixed in pillow-heif 1.8.0, which is not used because it ships a GPL
    encoder). Such an item holds no picture, so decoding does not change.
    """
    unreadable = [entry for entry in _item_entries(data) if _is_unreadable(data, entry)]
    if not unreadable:
        return data
    patched = bytearray(data)
    for entry in unreadable:
        for position in range(_type_position(data, entry), entry.end):
            if patched[position] >= 0x80:
                patched[position] = _UNKNOWN
    return bytes(patched)


def _item_entries(data: bytes) -> Iterator[Box]:
    """Yield the `infe` boxes: ISO/IEC 14496-12, 8.11.6."""
    file = io.BytesIO(data)
    meta = find(file, whole(file), b"meta")
    lists = boxes(file, meta.start + _FULL_BOX_HEADER, meta.end) if meta else ()
    items = next((box for box in lists if box.kind == b"iinf"), None)
    if items is None:
        return
    count_length = 2 if data[items.start : items.start + 1] == b"\0" else 4
    start = items.start + _FULL_BOX_HEADER + count_length
    yield from (box for box in boxes(file, start, items.end) if box.kind == b"infe")


def _type_position(data: bytes, entry: Box) -> int:
    """Return the position of the item type, after item number and protection index."""
    version = data[entry.start] if entry.start < entry.end else 0
    return entry.start + _FULL_BOX_HEADER + (6 if version >= 3 else 4)


def _is_unreadable(data: bytes, entry: Box) -> bool:
    try:
        data[_type_position(data, entry) : entry.end].decode()
    except UnicodeDecodeError:
        return True
    return False
