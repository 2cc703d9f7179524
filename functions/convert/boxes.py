"""The boxes of an ISO base media file (ISO/IEC 14496-12, 4.2), which HEIF and CR3 are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENDS_TO_END, _HAS_LONG_SIZE = 0, 1
_USER_TYPE_LENGTH = 16


@dataclass(frozen=True)
class Box:
    """One box: its four-letter type (the 16 bytes of a `uuid`), and where its content is."""

    kind: bytes
    start: int
    end: int


def boxes(data: memoryview, start: int, end: int) -> Iterator[Box]:
    """The boxes between two positions; stops at the first whose size makes no sense."""
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        kind = bytes(data[start + 4 : start + 8])
        content = start + 8
        if size == _HAS_LONG_SIZE:
            size = int.from_bytes(data[content : content + 8], "big")
            content += 8
        elif size == _EXTENDS_TO_END:
            size = end - start
        if kind == b"uuid":
            kind = bytes(data[content : content + _USER_TYPE_LENGTH])
            content += _USER_TYPE_LENGTH
        if not content <= start + size <= end:
            return
        yield Box(kind, content, start + size)
        start += size


def find(data: memoryview, start: int, end: int, kind: bytes) -> Box | None:
    """The first box of a type between two positions."""
    return next((box for box in boxes(data, start, end) if box.kind == kind), None)
