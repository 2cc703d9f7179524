"""Reads the items of an HEIF or AVIF (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12)."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.containers.boxes import Box, boxes, content, find, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS_LENGTH = 4  # version and flags, at the start of most boxes
_IN_FILE, _IN_LIST = 0, 1


@dataclass
class Item:
    """One item: its type, the position of its data in the file, and its parts."""

    kind: bytes = b""
    extents: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of each extent."""
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    """Type and content of each property."""
    parts: list[int] = field(default_factory=list)
    """Numbers of the items that it is derived from, each as often as it is used."""
    is_auxiliary: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Stated width and height in pixels; zeros if there are none."""
        ispe = self.property(b"ispe")
        return int.from_bytes(ispe[4:8], "big"), int.from_bytes(ispe[8:12], "big")

    def property(self, kind: bytes) -> bytes:
        """Return the content of the last property of a type; empty if there is none."""
        return next((data for each, data in reversed(self.properties) if each == kind), b"")


@dataclass
class Items:
    """All items by number, and the number of the primary one."""

    primary: int | None = None
    by_number: dict[int, Item] = field(default_factory=lambda: defaultdict(Item))


def read_items(file: BinaryIO) -> Items | None:
    """Return the items; None for a pure image sequence and for any other file.

    Raises:
        ValidationError: the list is longer than any real one (`too_complex`).
    """
    meta = find(file, whole(file), b"meta")
    if meta is None:
        return None
    if meta.end - meta.start > limits.HEIF_META_BYTES:
        raise too_complex("bytes in its list of pictures")
    # Read at once, because it is walked in many small steps.
    data = content(file, meta, limits.HEIF_META_BYTES)
    stream = io.BytesIO(data)
    lists = {box.kind: box for box in boxes(stream, _FLAGS_LENGTH, len(data))}
    items = Items()
    if b"pitm" in lists:
        fields = _Fields(stream, lists[b"pitm"])
        items.primary = fields.number(4 if fields.version else 2)
    if b"iinf" in lists:
        _read_kinds(items, stream, lists[b"iinf"])
    if b"iref" in lists:
        _read_references(items, stream, lists[b"iref"])
    if b"iprp" in lists:
        _read_properties(items, stream, lists[b"iprp"])
    if b"iloc" in lists:
        idat = lists.get(b"idat")
        _read_locations(items, stream, lists[b"iloc"], meta.start + idat.start if idat else 0)
    return items


class _Fields:
    """Reads the big-endian numbers of a box that begins with version and flags."""

    def __init__(self, file: BinaryIO, box: Box) -> None:
        self._stream = io.BytesIO(content(file, box, limits.HEIF_META_BYTES))
        self.version = self.number(1)
        self.flags = self.number(3)

    def number(self, length: int) -> int:
        """Read a number of `length` bytes; bytes past the end are missing."""
        return int.from_bytes(self._stream.read(length), "big")

    def position(self) -> int:
        return self._stream.tell()


def _read_kinds(items: Items, file: BinaryIO, box: Box) -> None:
    fields = _Fields(file, box)
    count = fields.number(4 if fields.version else 2)
    if count > limits.HEIF_ITEMS:
        raise too_complex("parts")
    for each in boxes(file, box.start + fields.position(), box.end):
        entry = _Fields(file, each)
        number = entry.number(4 if entry.version >= 3 else 2)
        entry.number(2)  # protection
        items.by_number[number].kind = entry.number(4).to_bytes(4, "big")


def _read_references(items: Items, file: BinaryIO, box: Box) -> None:
    id_length = 4 if _Fields(file, box).version else 2
    for each in boxes(file, box.start + _FLAGS_LENGTH, box.end):
        stream = io.BytesIO(content(file, each, limits.HEIF_META_BYTES))
        source = int.from_bytes(stream.read(id_length), "big")
        count = int.from_bytes(stream.read(2), "big")
        if each.kind == b"dimg":
            if count > limits.HEIF_TILES:
                raise too_complex("tiles")
            items.by_number[source].parts += [
                int.from_bytes(stream.read(id_length), "big") for _ in range(count)
            ]
        elif each.kind == b"auxl":
            items.by_number[source].is_auxiliary = True


def _read_properties(items: Items, file: BinaryIO, box: Box) -> None:
    """Assign properties, which are stored once and referred to by their index, from 1."""
    kept: list[tuple[bytes, bytes]] = [(b"", b"")]
    for each in boxes(file, box.start, box.end):
        if each.kind == b"ipco":
            kept += [
                (one.kind, content(file, one, limits.HEIF_META_BYTES))
                for one in boxes(file, each.start, each.end)
            ]
    for each in boxes(file, box.start, box.end):
        if each.kind == b"ipma":
            for number, place in _associations(_Fields(file, each)):
                items.by_number[number].properties += kept[place : place + 1]


def _associations(fields: _Fields) -> Iterator[tuple[int, int]]:
    """Yield pairs of an item number and the index of one of its properties."""
    length = 2 if fields.flags & 1 else 1
    is_essential = 0x80 << 8 * (length - 1)
    for _ in range(min(fields.number(4), limits.HEIF_ITEMS)):
        number = fields.number(4 if fields.version else 2)
        for _ in range(fields.number(1)):
            yield number, fields.number(length) & ~is_essential


def _read_locations(items: Items, file: BinaryIO, box: Box, list_data: int) -> None:
    """Assign the extents; `list_data` is the position of the data within the `meta` box."""
    fields = _Fields(file, box)
    sizes = fields.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(min(fields.number(2 if fields.version < 2 else 4), limits.HEIF_ITEMS)):
        item = items.by_number[fields.number(2 if fields.version < 2 else 4)]
        where = fields.number(2) & 15 if fields.version else _IN_FILE
        fields.number(2)  # index of an external file
        start = fields.number(base) + (list_data if where == _IN_LIST else 0)
        count = fields.number(2)
        if count > limits.HEIF_EXTENTS:
            raise too_complex("pieces of a picture")
        for _ in range(count):
            if fields.version:
                fields.number(index)
            at = start + fields.number(offset)
            item.extents.append((at, at + fields.number(length)))
