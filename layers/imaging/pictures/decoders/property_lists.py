"""Merges the lists of properties of an HEIF or AVIF into one.

Some software writes a list (`ipma`) for each picture, or the same one twice (ISO/IEC 23008-12,
9.3.1). libavif refuses such a file, and libheif goes by the first list that names a picture.
"""

from __future__ import annotations

import io
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from pictures import limits
from pictures.containers.boxes import boxes, find, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOX_HEADER, _FULL_BOX_HEADER = 8, 4
_MOST_SHORT_ITEM, _MOST_SHORT_INDEX = 0xFFFF, 0x7F
_HAS_LONG_INDICES = 1


class _Assignment(NamedTuple):
    """A property of an item, by its place in the list of properties, from 1."""

    item: int
    place: int
    is_essential: bool


def with_one_list(data: bytes) -> bytes:
    """Return the file with its lists in one box and without properties that do not exist.

    The size of the file does not change; nor does a file with one sound list, with lists that are
    apart, or with lists that would take more bytes as one.

    Raises:
        ValidationError: there are more boxes than in any real file (`too_complex`).
    """
    file = io.BytesIO(data)
    meta = find(file, whole(file), b"meta")
    every = list(boxes(file, meta.start + _FULL_BOX_HEADER, meta.end)) if meta else []
    parts = [
        part for box in every if box.kind == b"iprp" for part in boxes(file, box.start, box.end)
    ]
    stored = [part for part in parts if part.kind == b"ipco"]
    lists = [part for part in parts if part.kind == b"ipma"]
    if not stored or not lists:
        return data
    most = sum(1 for box in stored for _ in boxes(file, box.start, box.end))
    stated = [each for part in lists for each in _assignments(data[part.start : part.end])]
    known = [each for each in stated if 0 < each.place <= most]
    if len(lists) == 1 and len(known) == len(stated):
        return data
    start, end = lists[0].start - _BOX_HEADER, lists[-1].end
    length = sum(_BOX_HEADER + part.end - part.start for part in lists)
    merged = _box(known)
    if length != end - start or len(merged) > length:
        return data
    # No other box may follow, so zeros after the list fill the rest of its box.
    filled = length.to_bytes(4, "big") + merged[4:].ljust(length - 4, b"\0")
    return data[:start] + filled + data[end:]


def _assignments(content: bytes) -> Iterator[_Assignment]:
    """Yield what a list says; bytes past its end are missing."""
    stream = io.BytesIO(content)

    def number(length: int) -> int:
        return int.from_bytes(stream.read(length), "big")

    id_length = 4 if number(1) else 2
    length = 2 if number(3) & _HAS_LONG_INDICES else 1
    top = 1 << 8 * length - 1
    for _ in range(min(number(4), limits.HEIF_ITEMS)):
        if stream.tell() >= len(content):
            return
        item = number(id_length)
        for _ in range(number(1)):
            stated = number(length)
            yield _Assignment(item, stated & ~top, bool(stated & top))


def _box(assignments: list[_Assignment]) -> bytes:
    """Return a list of assignments, each once, essential if it is so anywhere."""
    lists: dict[int, dict[int, bool]] = defaultdict(dict)
    for item, place, is_essential in assignments:
        lists[item][place] = lists[item].get(place, False) or is_essential
    is_wide = max(lists, default=0) > _MOST_SHORT_ITEM
    is_long = max((each.place for each in assignments), default=0) > _MOST_SHORT_INDEX
    top = 1 << (15 if is_long else 7)
    content = bytearray((is_wide, 0, 0, is_long)) + len(lists).to_bytes(4, "big")
    for item, properties in sorted(lists.items()):
        content += item.to_bytes(4 if is_wide else 2, "big") + bytes((len(properties),))
        for place, is_essential in properties.items():
            content += (place | top * is_essential).to_bytes(1 + is_long, "big")
    return (_BOX_HEADER + len(content)).to_bytes(4, "big") + b"ipma" + content
