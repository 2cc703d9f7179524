"""Limits on the structure of a JPEG: its segments and its scans (ITU-T T.81, annex B)."""

from __future__ import annotations

from itertools import islice
from typing import BinaryIO

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits
from pictures.containers import read_at
from pictures.containers.jpeg_segments import FRAMES, START_OF_SCAN, end_of_image, scans, segments

_SEQUENTIAL = frozenset({0xC0, 0xC1})
_READABLE = _SEQUENTIAL | {0xC2, 0xC9, 0xCA}  # progressive, and both in arithmetic coding
_LOSSLESS = frozenset({0xC3, 0xCB})
_JPEG_LS = 0xF7
_CHANNELS_AT, _CHANNELS = 5, {1, 3, 4}
_HIERARCHICAL = 0xDE
_COLOR_PROFILE = 0xE2


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`; scans are counted only where the whole file may be read.

    Raises:
        ValidationError: `too_complex`; `unsupported_format` for other codings than baseline and
            progressive, and for more than 8 bits per channel, which no decoder here reads.
    """
    profile, area, in_one = 0, 0, 0
    for marker, position, length, content in segments(file):
        if marker in FRAMES or marker in {_JPEG_LS, _HIERARCHICAL}:
            _check_coding(marker, content)
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


def _check_coding(marker: int, content: bytes) -> None:
    kind = None
    if marker == _JPEG_LS:
        kind = "JPEG-LS"
    elif content and 8 < content[0] <= 16:
        kind = f"JPEG of {content[0]} bits per channel"
    elif marker in _LOSSLESS:
        kind = "lossless JPEG"
    elif marker not in _READABLE:
        kind = "hierarchical JPEG"
    elif len(content) > _CHANNELS_AT and content[_CHANNELS_AT] not in _CHANNELS:
        kind = f"JPEG of {content[_CHANNELS_AT]} channels"
    if kind:
        what = f"The picture is a {kind}, which no browser shows"
        raise unsupported_format(what, "save it as an ordinary JPEG with 8 bits")


def _check_scans(data: bytes, area: int) -> None:
    every = scans(data, 0, end_of_image(data, 0) or len(data))
    count = sum(1 for _ in islice(every, limits.JPEG_SCANS + 1))
    if count > limits.JPEG_SCANS or count * area > limits.JPEG_SCAN_PIXELS:
        raise too_complex("passes over its pixels")
