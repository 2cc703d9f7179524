"""TIFF files of several pages, of which some are reduced copies of others."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

SHORT, LONG, ASCII, BYTE = 3, 4, 2, 1
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
FULL, SMALL = (48, 32), (12, 8)


@dataclass(frozen=True)
class Page:
    """One color; `kind` is the NewSubfileType, and `within` are pages in its SubIFDs."""

    size: tuple[int, int] = FULL
    color: tuple[int, int, int] = RED
    kind: int | None = None
    old_kind: int | None = None
    orientation: int | None = None
    make: bytes = b""
    xmp: bytes = b""
    within: tuple[Page, ...] = ()
    photometric: int = 2


@dataclass
class File:
    """A TIFF that is written page by page."""

    order: str = "<"
    is_big: bool = False
    data: bytearray = field(default_factory=bytearray)

    def of(self, pages: list[Page]) -> bytes:
        mark = b"II" if self.order == "<" else b"MM"
        head = (43, 8, 0, 0) if self.is_big else (42, 0)
        self.data += mark + struct.pack(self.order + ("HHHQ" if self.is_big else "HI"), *head)
        link = len(self.data) - self._offset_length
        for page in pages:
            at, following = self._page(page)
            self.data[link : link + self._offset_length] = self._offset(at)
            link = following
        return bytes(self.data)

    @property
    def _offset_length(self) -> int:
        return 8 if self.is_big else 4

    def _offset(self, at: int) -> bytes:
        return struct.pack(self.order + ("Q" if self.is_big else "I"), at)

    def _page(self, page: Page) -> tuple[int, int]:
        """Write a page; return its offset, and where that of the next one belongs."""
        within = [self._page(inner)[0] for inner in page.within]
        pixels = bytes(page.color) * (page.size[0] * page.size[1])
        pixels_at = self._put(pixels)
        numbers = {
            254: page.kind, 255: page.old_kind, 256: page.size[0], 257: page.size[1], 259: 1,
            262: page.photometric, 273: pixels_at, 274: page.orientation, 277: 3,
            278: page.size[1], 279: len(pixels),
        }  # fmt: skip
        fields: dict[int, tuple[int, int, bytes]] = {
            tag: (LONG, 1, struct.pack(f"{self.order}I", number))
            for tag, number in numbers.items()
            if number is not None
        }
        fields[258] = (SHORT, 3, struct.pack(f"{self.order}3H", 8, 8, 8))
        if page.make:
            fields[271] = (ASCII, len(page.make) + 1, page.make + b"\0")
        if page.xmp:
            fields[700] = (BYTE, len(page.xmp), page.xmp)
        if within:
            offsets = b"".join(struct.pack(f"{self.order}I", at) for at in within)
            fields[330] = (LONG, len(within), offsets)
        return self._directory(fields)

    def _directory(self, fields: dict[int, tuple[int, int, bytes]]) -> tuple[int, int]:
        count, entry = ("Q", "HHQ") if self.is_big else ("H", "HHI")
        table = struct.pack(self.order + count, len(fields))
        for tag, (kind, length, value) in sorted(fields.items()):
            stored = value
            if len(value) > self._offset_length:
                stored = self._offset(self._put(value))
            table += struct.pack(self.order + entry, tag, kind, length)
            table += stored.ljust(self._offset_length, b"\0")
        at = self._put(table + bytes(self._offset_length))
        return at, at + len(table)

    def _put(self, content: bytes) -> int:
        at = len(self.data)
        self.data += content + bytes(len(content) % 2)
        return at


def tiff(*pages: Page, order: str = "<", is_big: bool = False) -> bytes:
    return File(order, is_big).of(list(pages))


def tiff_after_its_copy() -> bytes:
    """A thumbnail that has a smaller page within, before the page that it is a copy of."""
    return tiff(Page(SMALL, GREEN, kind=1, within=(Page((6, 4), BLUE, kind=1),)), Page())
