"""How a JPEG is built: segments, then scans (ITU-T T.81, annex B)."""

from __future__ import annotations

from typing import BinaryIO

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits
from pictures.containers import read_at

_START_OF_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_COLOUR_PROFILE = 0xE2
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})  # markers without a segment
_EIGHT_BITS = 8


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`; that of the scans needs the whole file.

    A picture of 12 or 16 bits is refused too: no decoder here is built for them.
    """
    position, junk, profile, area, in_one = 2, 0, 0, 0, 0
    for _ in range(limits.JPEG_SEGMENTS):
        found = _next_marker(file, position)
        if found is None:
            return
        junk += found - position
        if junk > limits.JPEG_JUNK:
            raise too_complex("bytes between its parts")
        head = read_at(file, found, 10)
        marker, length = head[1], int.from_bytes(head[2:4], "big")
        if marker in _ALONE:
            position = found + 2
            continue
        if marker in _FRAMES:
            _check_depth(head)
            area = int.from_bytes(head[5:7], "big") * int.from_bytes(head[7:9], "big")
            in_one = head[9] if marker in _SEQUENTIAL and len(head) == 10 else 0
        profile += length if marker == _COLOUR_PROFILE else 0
        position = found + 2 + length
        if marker == _START_OF_SCAN:
            if profile > limits.ICC_BYTES:
                raise too_complex("bytes in its colour profile")
            # A sequential picture whose first scan has all of its components has no second one,
            # to a decoder: looking for some would cost 1 ms per megabyte of most photos.
            if not header_only and head[4:5] != bytes((in_one,)):
                _check_scans(read_at(file, found, -1), area)
            return
    raise too_complex("metadata segments")


def _next_marker(file: BinaryIO, position: int) -> int | None:
    """Where the next marker is: two bytes of which only the first is FF."""
    file.seek(position)
    start = position
    while block := file.read(64 * 1024):
        place = block.find(b"\xff")
        while 0 <= place < len(block) - 1:
            if block[place + 1] != 0xFF:
                return start + place
            place += 1
        if start - position > limits.JPEG_JUNK:
            return start
        # The last byte may be the first half of a marker.
        keep = 1 if block.endswith(b"\xff") and len(block) > 1 else 0
        start += len(block) - keep
        file.seek(start)
    return None


def _check_depth(head: bytes) -> None:
    bits = head[4] if len(head) > 4 else _EIGHT_BITS
    if bits in {12, 16}:
        kind = f"The picture is a JPEG of {bits} bits per channel, which no browser shows"
        raise unsupported_format(kind, "save it with 8 bits")


def _check_scans(data: bytes, area: int) -> None:
    """FF DA and FF D9 do not occur within coded pixels, where an FF is followed by 00."""
    end = data.find(b"\xff\xd9")
    scans = data.count(b"\xff\xda", 0, end if end >= 0 else len(data))
    if scans > limits.JPEG_SCANS or scans * area > limits.JPEG_SCAN_PIXELS:
        raise too_complex("passes over its pixels")
