"""Limits on the structure of a TIFF: its pages, fields, strips and tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.containers.tiff_directories import Directory, Tiff

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_PIECES = frozenset({273, 279, 324, 325})
_PROFILE = 34675


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`. Only the first page is ever decoded; the others are counted.

    Raises:
        ValidationError: `too_complex`.
    """
    tiff, fields = Tiff.in_file(file), 0
    for page, directory in enumerate(_pages(tiff)):
        fields += len(directory.entries)
        if page >= limits.TIFF_PAGES:
            raise too_complex("pages")
        if fields > limits.TIFF_ENTRIES:
            raise too_complex("fields")
        if page == 0:
            _check_page(tiff, directory)


def page_count(file: BinaryIO) -> int:
    """Return the number of pages, up to the limit."""
    return max(1, sum(1 for _ in _pages(Tiff.in_file(file))))


def _check_page(tiff: Tiff, directory: Directory) -> None:
    entries = {entry.tag: entry for entry in directory.entries}
    counts = {tag: entry.length for tag, entry in entries.items()}
    if any(counts.get(tag, 0) > limits.TIFF_PIECES for tag in _PIECES):
        raise too_complex("strips or tiles")
    if counts.get(_PROFILE, 0) > limits.ICC_BYTES:
        raise too_complex("bytes in its color profile")
    width, height, tile_width, tile_height = (
        tiff.number_in(entries[tag]) if tag in entries else 0
        for tag in (_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT)
    )
    if tile_width * tile_height > max(limits.TIFF_TILE_PIXELS, 2 * width * height):
        raise too_complex("pixels in a tile")


def _pages(tiff: Tiff) -> Iterator[Directory]:
    """Yield the chain of directories, one per page; a loop in it ends the chain."""
    offset, seen = tiff.first_offset(), set[int]()
    while offset and offset not in seen and len(seen) <= limits.TIFF_PAGES:
        seen.add(offset)
        directory = tiff.directory(offset, limits.TIFF_ENTRIES + 1)
        if directory is None:
            return
        yield directory
        offset = directory.next_offset
