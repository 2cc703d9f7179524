"""The boxes that HEIF, AVIF, CR3 and JPEG 2000 are made of: ISO/IEC 14496-12, 4.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import too_complex
from pictures.containers import read_at
from pictures.limits import HEIF_BOXES

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENDS_TO_END, _HAS_LONG_SIZE = 0, 1
_HEAD_LENGTH, _LONG_SIZE_LENGTH, _USER_TYPE_LENGTH = 8, 8, 16


@dataclass(frozen=True)
class Box:
    """One box: its four-letter type (16 bytes for a `uuid`), and start and end of its content."""

    kind: bytes
    start: int
    end: int


def boxes(
    file: BinaryIO, start: int, end: int, *, most: int = HEIF_BOXES, is_lenient: bool = False
) -> Iterator[Box]:
    """Yield the boxes between two positions, up to the first whose size makes no sense.

    Args:
        file: seekable.
        start: where the first box begins.
        end: where the last one ends.
        most: how many there may be.
        is_lenient: yield a box that reaches past the end, cut off there, as the last one.

    Raises:
        ValidationError: there are more than any real file has (`too_complex`).
    """
    for _ in range(most):
        if start + _HEAD_LENGTH > end:
            return
        head = read_at(file, start, _HEAD_LENGTH + _LONG_SIZE_LENGTH + _USER_TYPE_LENGTH)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        content = _HEAD_LENGTH
        if size == _HAS_LONG_SIZE:
            size = int.from_bytes(head[content : content + _LONG_SIZE_LENGTH], "big")
            content += _LONG_SIZE_LENGTH
        elif size == _EXTENDS_TO_END:
            size = end - start
        if kind == b"uuid":
            kind = head[content : content + _USER_TYPE_LENGTH]
            content += _USER_TYPE_LENGTH
        if size < content or (start + size > end and not is_lenient):
            return
        yield Box(kind, start + content, min(start + size, end))
        start += size
    raise too_complex("boxes")


def find(file: BinaryIO, inside: Box, *path: bytes) -> Box | None:
    """Return the first box at a path of types, each inside the one before."""
    box: Box | None = inside
    for kind in path:
        here = box and boxes(file, box.start, box.end)
        box = next((each for each in here or () if each.kind == kind), None)
    return box


def whole(file: BinaryIO) -> Box:
    """Return a box that stands for the whole file."""
    return Box(b"", 0, file.seek(0, 2))


def content(file: BinaryIO, box: Box | None, most: int) -> bytes:
    """Return the content of a box, at most `most` bytes; empty if there is no box."""
    return read_at(file, box.start, min(box.end - box.start, most)) if box else b""
