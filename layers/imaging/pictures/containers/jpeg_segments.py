"""The segments and scans of a JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from image_pipeline.refusals import too_complex
from pictures.containers import read_at
from pictures.limits import JPEG_JUNK, JPEG_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

START_OF_SCAN = 0xDA
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})  # markers without a segment
_HEAD_LENGTH = 10
_BLOCK = 64 * 1024
# Neither occurs within coded pixels, where an FF is followed by 00.
_SCAN, _END = re.compile(b"\xff\xda"), b"\xff\xd9"


class Segment(NamedTuple):
    """A marker, its position, the length of its segment, and the first bytes of the content."""

    marker: int
    position: int
    length: int
    content: bytes


def segments(file: BinaryIO) -> Iterator[Segment]:
    """Yield the segments up to the first start of scan, which is the last.

    Raises:
        ValidationError: there are more of them, or more bytes between them, than in any real file
            (`too_complex`).
    """
    position, junk = 2, 0
    for _ in range(JPEG_SEGMENTS):
        found = _next_marker(file, position)
        if found is None:
            return
        junk += found - position
        if junk > JPEG_JUNK:
            raise too_complex("bytes between its parts")
        head = read_at(file, found, _HEAD_LENGTH)
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker in _ALONE:
            position = found + 2
            continue
        yield Segment(marker, found, length, head[4:])
        if marker == START_OF_SCAN:
            return
        position = found + 2 + length
    raise too_complex("metadata segments")


def scans(data: bytes, start: int, end: int) -> Iterator[int]:
    """Yield the position after each start-of-scan marker between two positions."""
    return (found.end() for found in _SCAN.finditer(data, start, end))


def last_scan(data: bytes, before: int) -> int:
    """Return the position of the last start-of-scan marker before another position; 0 if none."""
    return max(data.rfind(_SCAN.pattern, 0, before), 0)


def end_of_image(data: bytes, start: int) -> int | None:
    """Return the position of the first end marker after `start`; None if there is none."""
    end = data.find(_END, start)
    return end if end >= 0 else None


def _next_marker(file: BinaryIO, position: int) -> int | None:
    """Return the position of the next marker: two bytes of which only the first is FF."""
    file.seek(position)
    start = position
    while block := file.read(_BLOCK):
        place = block.find(b"\xff")
        while 0 <= place < len(block) - 1:
            if block[place + 1] != 0xFF:
                return start + place
            place += 1
        if start - position > JPEG_JUNK:
            return start
        # The last byte may be the first half of a marker.
        keep = 1 if block.endswith(b"\xff") and len(block) > 1 else 0
        start += len(block) - keep
        file.seek(start)
    return None
