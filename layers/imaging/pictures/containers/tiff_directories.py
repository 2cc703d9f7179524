"""Reads and writes TIFF directories (TIFF 6.0, section 2; reads BigTIFF too)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from pictures.limits import FILE_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    Read = Callable[[int, int], bytes | memoryview]

SHORT, LONG = 3, 4
"""Types of a field whose values have 16 or 32 bits, unsigned."""

_OFFSET_KIND = 13  # a LONG that points to a directory
_CLASSIC, _BIG = 42, 43  # the magic numbers
_HEADER_LENGTH = 16  # of a BigTIFF; 8 of any other
_ENTRY_LENGTH, _OFFSET_LENGTH = 12, 4  # of any other than a BigTIFF


class _Sizes(NamedTuple):
    """Where the first offset is, and the `struct` codes of an entry count, an entry, an offset."""

    first: int
    entries: str
    entry: str
    offset: str


_CLASSIC_SIZES, _BIG_SIZES = _Sizes(4, "H", "HHI4s", "I"), _Sizes(8, "Q", "HHQ8s", "Q")


class Entry(NamedTuple):
    """A field of a directory: tag, type, number of values, and the value or its offset.

    `at` is the position of `value`, which has 4 bytes, or 8 in a BigTIFF.
    """

    tag: int
    kind: int
    length: int
    value: bytes
    at: int


class Directory(NamedTuple):
    """The entries of a directory and the offset of the next one, which is 0 after the last.

    `is_whole` is False if the data ends early or the directory has more entries than allowed.
    """

    entries: list[Entry]
    next_offset: int
    is_whole: bool


class Tiff:
    """A TIFF structure, whose directories are read one at a time by their offsets.

    Args:
        read: returns `length` bytes from a position, fewer where the data ends.
        order: `<` or `>`; the byte order of the header when left out.
    """

    def __init__(self, read: Read, order: str | None = None) -> None:
        self._read, self._head = read, bytes(read(0, _HEADER_LENGTH))
        self.order = order or ("<" if self._head[:2] == b"II" else ">")
        self.is_big = self._head[2:4] == struct.pack(f"{self.order}H", _BIG)
        self._sizes = _BIG_SIZES if self.is_big else _CLASSIC_SIZES

    @classmethod
    def in_file(cls, file: BinaryIO) -> Tiff:
        """Return the structure of a seekable file, of which only directories are read."""

        def read(position: int, length: int) -> bytes:
            file.seek(position)
            return file.read(length)

        return cls(read)

    @classmethod
    def in_memory(cls, block: memoryview, order: str | None = None) -> Tiff:
        """Return the structure of a block that starts with the header of a TIFF."""
        return cls(lambda position, length: block[position : position + length], order)

    def first_offset(self) -> int | None:
        """Return the offset of the first directory; None if the header is truncated."""
        start, length = self._sizes.first, self._size_of(self._sizes.offset)
        stored = self._head[start : start + length]
        return self.offset_in(stored) if len(stored) == length else None

    def directory(self, offset: int, most: int) -> Directory | None:
        """Return the directory at an offset, with at most `most` of its entries.

        None if the data ends before the directory.
        """
        count_size, entry_size, offset_size = map(
            self._size_of, (self._sizes.entries, self._sizes.entry, self._sizes.offset)
        )
        head = self._read(offset, count_size) if offset <= FILE_BYTES else b""
        if len(head) < count_size:
            return None
        (stated,) = struct.unpack(f"{self.order}{self._sizes.entries}", head)
        start, length = offset + count_size, min(stated, most) * entry_size
        body = self._read(start, length + offset_size)
        fields = body[: min(length, len(body) // entry_size * entry_size)]
        unpacked = struct.iter_unpack(f"{self.order}{self._sizes.entry}", fields)
        values_at = start + entry_size - offset_size
        entries = [
            Entry(tag, kind, count, value, values_at + index * entry_size)
            for index, (tag, kind, count, value) in enumerate(unpacked)
        ]
        next_offset = self.offset_in(body[length:]) if len(body) == length + offset_size else 0
        return Directory(entries, next_offset, is_whole=stated == len(entries))

    def offset_in(self, value: bytes | memoryview) -> int:
        """Return the offset in the value of an entry."""
        return int(struct.unpack(f"{self.order}{self._sizes.offset}", value)[0])

    def number_in(self, entry: Entry) -> int:
        """Return the number in an entry of one SHORT or LONG, or the offset in any other."""
        code = {SHORT: "H", LONG: "I"}.get(entry.kind, self._sizes.offset)
        return int(struct.unpack_from(f"{self.order}{code}", entry.value)[0])

    def offsets_in(self, entry: Entry, most: int) -> list[int]:
        """Return up to `most` offsets of other directories in an entry."""
        code = "I" if entry.kind in {LONG, _OFFSET_KIND} else self._sizes.offset
        size, count = self._size_of(code), min(entry.length, most)
        if entry.length * size <= len(entry.value):
            stored: bytes | memoryview = entry.value[: count * size]
        else:
            position = self.offset_in(entry.value)
            stored = self._read(position, count * size) if position <= FILE_BYTES else b""
        whole = len(stored) // size
        return list(struct.unpack_from(f"{self.order}{whole}{code}", stored))

    @property
    def mark(self) -> bytes:
        """The two bytes that tell the byte order."""
        return b"II" if self.order == "<" else b"MM"

    @property
    def header_length(self) -> int:
        """Bytes before everything that offsets may point to."""
        return self._sizes.first + self._size_of(self._sizes.offset)

    def header_with(self, first_offset: int) -> bytes:
        """Return the header, with another offset of the first directory."""
        offset = struct.pack(f"{self.order}{self._sizes.offset}", first_offset)
        return self._head[: self._sizes.first] + offset

    def directory_bytes(self, entries: list[Entry]) -> bytes:
        """Return the last directory of a chain, with entries whose values stay where they are."""
        count = struct.pack(f"{self.order}{self._sizes.entries}", len(entries))
        code = f"{self.order}{self._sizes.entry}"
        packed = b"".join(
            struct.pack(code, tag, kind, length, value) for tag, kind, length, value, _ in entries
        )
        return count + packed + bytes(self._size_of(self._sizes.offset))

    def _size_of(self, code: str) -> int:
        return struct.calcsize(f"{self.order}{code}")


class StoredField(NamedTuple):
    """A field to write: its type, its number of values and their bytes."""

    kind: int
    length: int
    data: bytes


def header_bytes(first_offset: int, order: str) -> bytes:
    """Return the header of a TIFF whose first directory is at an offset."""
    mark = b"II" if order == "<" else b"MM"
    return struct.pack(f"{order}2sHI", mark, _CLASSIC, first_offset)


def directory_bytes(fields: Mapping[int, StoredField], at: int, order: str) -> bytes:
    """Return a directory for an offset, the last one, and after it the values not inline.

    Args:
        fields: by tag; their bytes are in the byte order of the TIFF.
        at: the offset at which the directory will be stored.
        order: `<` or `>`.
    """
    body_at = at + 2 + _ENTRY_LENGTH * len(fields) + _OFFSET_LENGTH
    head, body = struct.pack(f"{order}H", len(fields)), b""
    for tag, (kind, length, data) in sorted(fields.items()):
        value = data.ljust(_OFFSET_LENGTH, b"\0")
        if len(data) > _OFFSET_LENGTH:
            value = struct.pack(f"{order}I", body_at + len(body))
            body += data + bytes(len(data) % 2)
        head += struct.pack(f"{order}HHI", tag, kind, length) + value
    return head + bytes(_OFFSET_LENGTH) + body
