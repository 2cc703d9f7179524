"""The segments and scans of a JPEG (ITU-T T.81, annex B)."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from image_pipeline.refusals import too_complex
from pictures.containers import read_at
from pictures.limits import JPEG_JUNK, JPEG_SEGMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator

START_OF_SCAN = 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of frame headers, one for each coding."""

_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})  # markers without a segment
_MARKER_LENGTH, _HEAD_LENGTH = 2, 10
_BLOCK = 64 * 1024
# Neither occurs within coded pixels, where an FF is followed by 00.
_SCAN, END_MARKER = re.compile(b"\xff\xda"), b"\xff\xd9"
# Markers other than the restart markers, which are part of the coded pixels.
_OTHER_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
# What may follow the pixels of one scan: codes, tables, lines, comments, and the next scan.
_BETWEEN_SCANS = frozenset({0xC4, START_OF_SCAN, 0xDB, 0xDC, 0xDD, *range(0xE0, 0xF0), 0xFE})
_TAIL, _SAME = 4096, 16


class Segment(NamedTuple):
    """A marker, its position, the length of its segment, and the first bytes of the content."""

    marker: int
    position: int
    length: int
    content: bytes


def segments(file: BinaryIO, start: int = 0) -> Iterator[Segment]:
    """Yield the segments up to the first start of scan, which is the last.

    Args:
        file: seekable.
        start: where the picture begins.

    Raises:
        ValidationError: there are more of them, or more bytes between them, than in any real file
            (`too_complex`).
    """
    position, junk = start + 2, 0
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


def frame_marker(data: bytes) -> int:
    """Return the marker of the frame header, which tells how the picture is coded; 0 if none."""
    kinds = (segment.marker for segment in segments(io.BytesIO(data)))
    return next((marker for marker in kinds if marker in FRAMES), 0)


def scans(data: bytes, start: int, end: int) -> Iterator[int]:
    """Yield the position after each start-of-scan marker between two positions."""
    return (found.end() for found in _SCAN.finditer(data, start, end))


def last_scan(data: bytes, before: int) -> int:
    """Return the position of the last start-of-scan marker before another position; 0 if none."""
    return max(data.rfind(_SCAN.pattern, 0, before), 0)


def end_of_image(data: bytes, start: int) -> int | None:
    """Return the position of the first end marker after `start`; None if there is none."""
    end = data.find(END_MARKER, start)
    return end if end >= 0 else None


def usual_end(data: bytes, start: int) -> int | None:
    """Return the position of the end marker if it directly follows the last scan.

    It is searched for from the start only where the end of the file looks unusual: that takes
    1.6 ms per megabyte.

    Args:
        data: the file.
        start: where the picture data of the first scan starts.
    """
    tail = data[max(start, len(data) - _TAIL) : -len(END_MARKER)]
    if data.endswith(END_MARKER):
        if len(set(tail[-_SAME:])) == 1:  # the end of an incomplete download or recovered file
            return None
        if not _OTHER_MARKER.search(tail):
            return len(data) - len(END_MARKER)
    end = end_of_scans(data, start)
    return end if data.startswith(END_MARKER, end) else None


def end_of_scans(data: bytes, start: int) -> int:
    """Return the position of the first marker that does not belong to the scans."""
    while found := _OTHER_MARKER.search(data, start):
        if found[1][0] not in _BETWEEN_SCANS:
            return found.end() - len(END_MARKER)
        start = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return len(data)


def _next_marker(file: BinaryIO, position: int) -> int | None:
    """Return the position of the next marker: two bytes of which only the first is FF."""
    file.seek(position)
    start = position
    # It is there in any usual file; a whole block would be another request for an object in S3.
    length = _MARKER_LENGTH
    while block := file.read(length):
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
        length = _BLOCK
    return None
