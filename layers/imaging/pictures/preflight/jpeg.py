"""Limits on the structure of a JPEG: its segments and its scans (ITU-T T.81, annex B)."""

from __future__ import annotations

from itertools import islice
from typing import BinaryIO

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits
from pictures.containers import read_at
from pictures.containers.jpeg_segments import START_OF_SCAN, end_of_image, scans, segments

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_COLOR_PROFILE = 0xE2


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`; scans are counted only where the whole file may be read.

    Raises:
        ValidationError: `too_complex`; `unsupported_format` for 12 or 16 bits per channel, which
            no decoder here reads.
    """
    profile, area, in_one = 0, 0, 0
    for marker, position, length, content in segments(file):
        if marker in _FRAMES:
            _check_depth(content)
            area = int.from_bytes(content[1:3], "big") * int.from_bytes(content[3:5], "big")
            in_one = content[5] if marker in _SEQUENTIAL and len(content) == 6 else 0
        elif marker == _COLOR_PROFILE:
            profile += length
        elif marker == START_OF_SCAN:
            if profile > limits.ICC_BYTES:
                raise too_complex("bytes in its color profile")
            # Decoders read no second scan of a sequential picture whose first one has all of its
            # components. Looking for one would cost 1 ms per megabyte of most photos.
            if not header_only and content[:1] != bytes((in_one,)):
                _check_scans(read_at(file, position, -1), area)


def _check_depth(content: bytes) -> None:
    if content[:1] in {b"\x0c", b"\x10"}:
        kind = f"The picture is a JPEG of {content[0]} bits per channel, which no browser shows"
        raise unsupported_format(kind, "save it with 8 bits")


def _check_scans(data: bytes, area: int) -> None:
    every = scans(data, 0, end_of_image(data, 0) or len(data))
    count = sum(1 for _ in islice(every, limits.JPEG_SCANS + 1))
    if count > limits.JPEG_SCANS or count * area > limits.JPEG_SCAN_PIXELS:
        raise too_complex("passes over its pixels")
