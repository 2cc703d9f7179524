"""Reads EXIF fields from untrusted TIFF structures.

Pillow's own reader gives up a whole directory for one bad field, warns instead of reporting, and
decodes the pixels of a PNG to find its EXIF; it also cannot read the containers of camera RAW.
This one never raises. It follows three pointers and no others, so it cannot loop; it reads a
bounded number of fields; and it copies no values, whatever size a field states.

TIFF 6.0, section 2 (types), and EXIF 2.32, section 4.6 (tags).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pictures import limits
from pictures.containers.tiff_directories import Tiff

if TYPE_CHECKING:
    from pictures.containers.tiff_directories import Entry

PHOTO_POINTER = 0x8769
GPS_POINTER = 0x8825
ORIENTATION = 0x0112
TEXT_KINDS = frozenset({2, 7, 1, 129})
"""ASCII, UNDEFINED, BYTE and UTF-8: the types that software uses for texts."""

_SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8, 129: 1,
}  # fmt: skip
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q",
          17: "q", 18: "Q"}  # fmt: skip
_RATIONAL_CODES = {5: "I", 10: "i"}


@dataclass(frozen=True)
class Field:
    """A field as stored: its TIFF type, its byte order (`<` or `>`) and its bytes.

    `at` is the position of the bytes in their block; 0 for a field that is not from a block.
    """

    kind: int
    order: str
    data: memoryview
    at: int = 0

    @property
    def count(self) -> int:
        """The number of values."""
        return len(self.data) // _SIZES[self.kind]

    def numbers(self, most: int = limits.EXIF_NUMBERS) -> tuple[float, ...]:
        """Return the first values as numbers: NaN for a fraction over zero, a text parsed."""
        count = min(self.count, most)
        if code := _CODES.get(self.kind):
            return struct.unpack_from(f"{self.order}{count}{code}", self.data)
        if code := _RATIONAL_CODES.get(self.kind):
            parts = struct.unpack_from(f"{self.order}{2 * count}{code}", self.data)
            pairs = zip(parts[::2], parts[1::2], strict=True)
            return tuple(top / bottom if bottom else float("nan") for top, bottom in pairs)
        try:
            return (float(bytes(self.data[: limits.EXIF_NUMBER_CHARACTERS]).rstrip(b"\0 ")),)
        except ValueError:
            return ()


Directory = dict[int, Field]


@dataclass(frozen=True)
class Exif:
    """The fields of the three directories in use, by tag. `damaged` if any was unreadable.

    `block` is the TIFF structure that they were read from, without the `Exif` identifier.
    """

    image: Directory = field(default_factory=dict)
    photo: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    damaged: bool = False
    block: memoryview = field(default=memoryview(b""), repr=False)

    @property
    def orientation(self) -> int | None:
        """The orientation, 1 to 8; None if it is absent or out of range."""
        stored = self.image.get(ORIENTATION)
        value = next(iter(stored.numbers()), None) if stored else None
        return int(value) if value is not None and value in range(1, 9) else None


def read(data: bytes | memoryview) -> Exif:
    """Return the EXIF in a TIFF file or in a block with the structure of one.

    Args:
        data: starts with the byte order mark, or with the `Exif` identifier of a JPEG segment.
            The magic number is not checked: Olympus and Panasonic write their own.
    """
    block = memoryview(data)
    while bytes(block[:6]) == b"Exif\0\0":
        block = block[6:]
    if bytes(block[:2]) not in {b"II", b"MM"} or len(block) < 8:
        return Exif(damaged=len(block) > 0)
    reader = _Reader(block)
    image = reader.first_directory()
    photo = reader.directory(_pointer(image, PHOTO_POINTER))
    gps = reader.directory(_pointer(image, GPS_POINTER))
    return Exif(image, photo, gps, reader.damaged, block)


def read_directory(block: memoryview, offset: int, order: str | None = None) -> Directory:
    """Return any other directory of a TIFF structure; empty if there is none.

    Args:
        block: the structure, starting with the header of a TIFF; offsets count from there.
        offset: where the directory is.
        order: `<` or `>` if that is not the byte order of the header.
    """
    return _Reader(block, order).directory(offset)


def _pointer(directory: Directory, tag: int) -> int:
    pointer = directory.get(tag)
    if pointer is None or pointer.kind not in {3, 4, 13, 16, 18}:
        return 0
    return int(pointer.numbers()[0]) if pointer.count else 0


class _Reader:
    """Reads the fields of directories; `damaged` tells whether any of them was unreadable."""

    def __init__(self, block: memoryview, order: str | None = None) -> None:
        self._block = block
        self._tiff = Tiff.in_memory(block, order)
        self.damaged = False

    def first_directory(self) -> Directory:
        """Return the fields of the directory that the header points to."""
        offset = self._tiff.first_offset()
        self.damaged |= offset is None
        return self.directory(offset or 0)

    def directory(self, offset: int) -> Directory:
        """Return the fields of the directory at an offset; empty for offset 0, which is none."""
        if not offset:
            return {}
        directory = self._tiff.directory(offset, limits.EXIF_FIELDS)
        self.damaged |= directory is None or not directory.is_whole
        if directory is None:
            return {}
        fields = ((entry.tag, self._field(entry)) for entry in directory.entries)
        return {tag: value for tag, value in fields if value is not None}

    def _field(self, entry: Entry) -> Field | None:
        kind = entry.kind
        if kind not in _SIZES:
            self.damaged = True
            return None
        size = entry.length * _SIZES[kind]
        is_inline = size <= len(entry.value)
        start = entry.at if is_inline else self._tiff.offset_in(entry.value)
        data = self._block[start : start + size]
        if len(data) < size:
            self.damaged = True
            # A truncated text is still readable; a truncated number is not.
            if kind not in TEXT_KINDS or not data:
                return None
        return Field(kind, self._tiff.order, data, start)
