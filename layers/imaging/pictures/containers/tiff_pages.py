"""The pages of a TIFF, and which of them is shown.

A page may be a reduced copy of another one or its transparency mask, and may come before the page
that it belongs to (TIFF 6.0, NewSubfileType and SubfileType). Pages may also contain pages (Adobe's
TIFF Technical Note 1, SubIFDs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pictures import limits
from pictures.containers.tiff_directories import Directory, Tiff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _WIDTH, _HEIGHT, _PHOTOMETRIC = 254, 255, 256, 257, 262
_SUB_DIRECTORIES = 330
_REDUCED, _MASK = 1, 4  # bits of NewSubfileType
_OLD_REDUCED = 2
_MASK_PHOTOMETRIC = 4
# Of the picture of a page alone: another page has neither its orientation nor its profile.
_OF_ITS_PICTURE = frozenset({274, 34675})


class Page(NamedTuple):
    """A directory and its offset."""

    offset: int
    directory: Directory

    def number(self, tiff: Tiff, tag: int) -> int:
        """Return the number in a field of the directory; 0 without the field."""
        entries = (entry for entry in self.directory.entries if entry.tag == tag)
        return next((tiff.number_in(entry) for entry in entries), 0)


def pages(tiff: Tiff) -> Iterator[Page]:
    """Yield the chain of directories, one per page; a loop in it ends the chain."""
    offset, seen = tiff.first_offset(), set[int]()
    while offset and offset not in seen and len(seen) <= limits.TIFF_PAGES:
        seen.add(offset)
        directory = tiff.directory(offset, limits.TIFF_ENTRIES + 1)
        if directory is None:
            return
        yield Page(offset, directory)
        offset = directory.next_offset


def page_count(file: BinaryIO) -> int:
    """Return the number of pages, up to the limit."""
    return max(1, sum(1 for _ in pages(Tiff.in_file(file))))


def shown_page(tiff: Tiff) -> Page | None:
    """Return the first page that is neither a reduced copy nor a mask.

    If there is none, the largest of the reduced copies; None for a file without a page.
    """
    first: Page | None = None
    copies: list[Page] = []
    for page in _pages_within(tiff):
        first = first or page
        kind = page.number(tiff, _NEW_SUBFILE_TYPE)
        if kind & _MASK or page.number(tiff, _PHOTOMETRIC) == _MASK_PHOTOMETRIC:
            continue
        if not kind & _REDUCED and page.number(tiff, _SUBFILE_TYPE) != _OLD_REDUCED:
            return page
        copies.append(page)
    return max(copies, key=lambda page: _pixels(tiff, page), default=first)


def block_of_shown_page(data: bytes) -> bytes:
    """Return a TIFF whose first directory has the fields of the shown page, then of the first.

    Writers keep the EXIF of a picture in the first directory, also where that is a reduced copy.
    All values stay where they are, so the file itself is returned if the first page is shown.
    """
    tiff = Tiff.in_memory(memoryview(data))
    shown, first = shown_page(tiff), next(pages(tiff), None)
    if shown is None or first is None or shown.offset == first.offset:
        return data
    others = {entry.tag: entry for entry in first.directory.entries}
    kept = {tag: entry for tag, entry in others.items() if tag not in _OF_ITS_PICTURE}
    entries = kept | {entry.tag: entry for entry in shown.directory.entries}
    at = len(data) + len(data) % 2
    padded = data.ljust(at, b"\0")
    directory = tiff.directory_bytes([entries[tag] for tag in sorted(entries)])
    return tiff.header_with(at) + padded[tiff.header_length :] + directory


def _pages_within(tiff: Tiff) -> Iterator[Page]:
    """Yield each page, then the pages within it, of the first few."""
    most = limits.TIFF_DIRECTORIES
    for page in pages(tiff):
        yield page
        pointers = [entry for entry in page.directory.entries if entry.tag == _SUB_DIRECTORIES]
        for offset in tiff.offsets_in(pointers[0], limits.TIFF_SUB_DIRECTORIES) if pointers else ():
            most -= 1
            directory = tiff.directory(offset, limits.TIFF_ENTRIES) if most >= 0 else None
            if directory:
                yield Page(offset, directory)


def _pixels(tiff: Tiff, page: Page) -> int:
    return page.number(tiff, _WIDTH) * page.number(tiff, _HEIGHT)
