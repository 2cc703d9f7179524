"""Where a DNG keeps its pixels: a truncated one is developed into black by LibRaw, silently."""

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
        offset + length > len(data)
        for directory in directories(view, exif.image)
        for offset, length in pieces(directory)
    )


def directories(view: memoryview, first: Directory) -> Iterator[Directory]:
    """Yield the first directory of a TIFF structure and those inside it."""
    yield first
    if pointers := first.get(_SUB_DIRECTORIES):
        for offset in pointers.numbers():
            yield read_directory(view, int(offset))


def pieces(directory: Directory) -> Iterator[tuple[float, float]]:
    """Yield offset and length of each strip and tile."""
    for offsets_tag, lengths_tag in _PIECES:
        offsets, lengths = directory.get(offsets_tag), directory.get(lengths_tag)
        if offsets and lengths:
            yield from zip(offsets.numbers(RAW_PIECES), lengths.numbers(RAW_PIECES), strict=False)
