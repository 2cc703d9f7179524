"""Corrects the numbers of tile-parts in a JPEG 2000, which Adobe's plug-in states one too low.

Each part of a tile has its own number, from 0, and, unless that is 0, the number of all parts
(ISO/IEC 15444-1, A.4.2). OpenJPEG corrects them itself, but only in streams in which it can go
back; Pillow's are not.
"""

from __future__ import annotations

import io
import struct
from itertools import islice
from typing import TYPE_CHECKING

from pictures import limits
from pictures.containers import read_at
from pictures.preflight.jpeg2000 import codestream_start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_START_OF_PART, _MARKER = b"\xff\x90", 0xFF
_PART = struct.Struct(">2sHHIBB")  # marker, length, tile, length of the part, its number, of all
_ALL_AT = 11


def with_all_parts(file: BinaryIO) -> BinaryIO:
    """Return the file, or a corrected copy if a part's number is not less than that of all."""
    parts = list(islice(_parts(file), limits.JPEG2000_SEGMENTS))
    if all(number != every or not every for _, number, every in parts):
        return file
    data = bytearray(read_at(file, 0, -1))
    for position, _, every in parts:
        if 0 < every < 0xFF:
            data[position + _ALL_AT] = every + 1
    return io.BytesIO(data)


def _parts(file: BinaryIO) -> Iterator[tuple[int, int, int]]:
    """Yield where each part starts, its number, and that of all parts of its tile."""
    position = _after_main_header(file)
    while True:
        head = read_at(file, position, _PART.size)
        if len(head) < _PART.size or not head.startswith(_START_OF_PART):
            return
        *_, length, number, every = _PART.unpack(head)
        yield position, number, every
        if length < _PART.size:  # 0 in the last part: it extends to the end
            return
        position += length


def _after_main_header(file: BinaryIO) -> int:
    position = codestream_start(file) + 2
    for _ in range(limits.JPEG2000_SEGMENTS):
        head = read_at(file, position, 4)
        if len(head) < 4 or head[0] != _MARKER or head.startswith(_START_OF_PART):
            break
        position += 2 + int.from_bytes(head[2:], "big")
    return position
