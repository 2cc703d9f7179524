"""How a TIFF is built: a chain of directories, one per page (TIFF 6.0, section 2; BigTIFF)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Literal

from pictures import limits
from pictures.preflight import read_at, too_complex

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_PIECES = frozenset({273, 279, 324, 325})
_PROFILE = 34675
_LENGTHS = {3: 2, 4: 4}  # of a SHORT and of a LONG, which a BigTIFF keeps in the room for eight


@dataclass(frozen=True)
class _Container:
    """The two kinds of TIFF: byte order, bytes of counts, entries, offsets, and of the header."""

    order: Literal["little", "big"]
    count: int
    entry: int
    offset: int
    first: int


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `check_structure`. Only the first page is ever decoded, the others are counted."""
    entries = 0
    for page, directory in enumerate(_directories(file)):
        entries += len(directory)
        if page >= limits.TIFF_PAGES:
            raise too_complex("pages")
        if entries > limits.TIFF_ENTRIES:
            raise too_complex("fields")
        if page == 0:
            _check_page({tag: (count, number) for tag, count, number in directory})


def page_count(file: BinaryIO) -> int:
    """How many pages there are, up to the limit."""
    return max(1, sum(1 for _ in _directories(file)))


def _check_page(fields: dict[int, tuple[int, int]]) -> None:
    """Args: fields: count of values and first value, by tag."""
    if any(fields.get(tag, (0, 0))[0] > limits.TIFF_PIECES for tag in _PIECES):
        raise too_complex("strips or tiles")
    if fields.get(_PROFILE, (0, 0))[0] > limits.ICC_BYTES:
        raise too_complex("bytes in its colour profile")
    tile_width, tile_height = (fields.get(tag, (0, 0))[1] for tag in (_TILE_WIDTH, _TILE_HEIGHT))
    width, height = (fields.get(tag, (0, 0))[1] for tag in (_WIDTH, _HEIGHT))
    if tile_width * tile_height > max(limits.TIFF_TILE_PIXELS, 2 * width * height):
        raise too_complex("pixels in a tile")


def _directories(file: BinaryIO) -> Iterator[list[tuple[int, int, int]]]:
    """Tag, count and inline value of each field, directory by directory; loops end."""
    container = _container(read_at(file, 0, 8))
    order = container.order
    offset = int.from_bytes(read_at(file, container.first, container.offset), order)
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) <= limits.TIFF_PAGES:
        seen.add(offset)
        head = read_at(file, offset, container.count)
        if len(head) < container.count:
            return
        length = min(int.from_bytes(head, order), limits.TIFF_ENTRIES + 1) * container.entry
        block = file.read(length + container.offset)
        yield [
            _field(block[start : start + container.entry], container)
            for start in range(0, min(length, len(block)), container.entry)
        ]
        offset = int.from_bytes(block[length : length + container.offset], order)


def _container(head: bytes) -> _Container:
    order: Literal["little", "big"] = "little" if head[:2] == b"II" else "big"
    if int.from_bytes(head[2:4], order) == 43:
        return _Container(order, count=8, entry=20, offset=8, first=8)
    return _Container(order, count=2, entry=12, offset=4, first=4)


def _field(entry: bytes, container: _Container) -> tuple[int, int, int]:
    order = container.order
    value_at = 4 + container.offset
    length = _LENGTHS.get(int.from_bytes(entry[2:4], order), container.offset)
    return (
        int.from_bytes(entry[:2], order),
        int.from_bytes(entry[4:value_at], order),
        int.from_bytes(entry[value_at : value_at + length], order),
    )
