"""Detects a truncated DNG, which LibRaw silently develops into a black picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pictures.exif import read, read_directory
from pictures.limits import RAW_PIECES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.exif import Directory

_DNG_VERSION = 0xC612
_SUB_DIRECTORIES = 0x014A
_PIECES = ((0x0111, 0x0117), (0x0144, 0x0145))  # offsets and lengths of strips, of tiles


def is_cut_short(data: bytes) -> bool:
    """Return whether a DNG places some of its pixels past its end; False for other files.

    The directories of other RAW formats are not checked: some contain wrong lengths, and for those
    files LibRaw does report missing data.
    """
    view = memoryview(data)
    exif = read(view) if data[:2] in {b"II", b"MM"} else None
    if exif is None or _DNG_VERSION not in exif.image:
        return False
    return any(
        end > len(data)
        for directory in _directories(view, exif.image)
        for end in _ends_of_pieces(directory)
    )


def _directories(view: memoryview, first: Directory) -> Iterator[Directory]:
    yield first
    if pointers := first.get(_SUB_DIRECTORIES):
        for offset in pointers.numbers():
            yield read_directory(view, int(offset))


def _ends_of_pieces(directory: Directory) -> Iterator[float]:
    for offsets_tag, lengths_tag in _PIECES:
        offsets, lengths = directory.get(offsets_tag), directory.get(lengths_tag)
        if offsets and lengths:
            pairs = zip(offsets.numbers(RAW_PIECES), lengths.numbers(RAW_PIECES), strict=False)
            yield from (offset + length for offset, length in pairs)
