"""Limits on the structure of a TIFF: its pages, fields, strips and tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures import limits
from pictures.containers.tiff_directories import Tiff
from pictures.containers.tiff_pages import pages, shown_page

if TYPE_CHECKING:
    from pictures.containers.tiff_pages import Page

_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_PIECES = frozenset({273, 279, 324, 325})
_PROFILE = 34675


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`. Only one page is ever decoded; the others are counted.

    Raises:
        ValidationError: `too_complex`.
    """
    tiff, fields = Tiff.in_file(file), 0
    for number, page in enumerate(pages(tiff)):
        fields += len(page.directory.entries)
        if number >= limits.TIFF_PAGES:
            raise too_complex("pages")
        if fields > limits.TIFF_ENTRIES:
            raise too_complex("fields")
    if shown := shown_page(tiff):
        _check_page(tiff, shown)


def _check_page(tiff: Tiff, page: Page) -> None:
    entries = {entry.tag: entry for entry in page.directory.entries}
    counts = {tag: entry.length for tag, entry in entries.items()}
    if any(counts.get(tag, 0) > limits.TIFF_PIECES for tag in _PIECES):
        raise too_complex("strips or tiles")
    if counts.get(_PROFILE, 0) > limits.ICC_BYTES:
        raise too_complex("bytes in its color profile")
    width, height, tile_width, tile_height = (
        page.number(tiff, tag) for tag in (_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT)
    )
    if tile_width * tile_height > max(limits.TIFF_TILE_PIXELS, 2 * width * height):
        raise too_complex("pixels in a tile")
