"""Limits on an icon: a list of pictures, each a PNG or a BMP without its file header."""

from __future__ import annotations

import io
from typing import BinaryIO

from image_pipeline.refusals import too_complex, too_many_pixels
from pictures import limits
from pictures.containers import read_at
from pictures.preflight import png
from pictures.preflight.header import Header

_HEADER_LENGTH, _ENTRY_LENGTH = 6, 16
_PNG = b"\x89PNG\r\n\x1a\n"


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:
    """See `Format.check`. The sizes in the list are not trusted."""
    if int.from_bytes(read_at(file, 4, 2), "little") > limits.ICO_ENTRIES:
        raise too_complex("pictures")
    largest, size = _largest(file), file.seek(0, io.SEEK_END)
    if sum(min(length, max(0, size - offset)) for offset, length in largest) > size:
        raise too_complex("bytes in its pictures")
    for offset, length in largest:
        width, height = _size(read_at(file, offset, 24))
        if max(width, height) > limits.SIDE or width * height > max_pixels:
            raise too_many_pixels(width, height, 1, max_pixels, limits.SIDE)
        head = read_at(file, offset, 8)
        if head == _PNG and not header_only:
            png.check(io.BytesIO(read_at(file, offset, length)), max_pixels, header_only=False)


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:  # noqa: ARG001
    """Return the size of the picture that is shown; Pillow would decode it to open the file.

    Raises:
        ValidationError: `too_many_pixels` or `too_complex`.
    """
    check(file, max_pixels, header_only=True)
    sizes = [_size(read_at(file, offset, 24)) for offset, _ in _largest(file)]
    return Header(*max(sizes, key=lambda size: size[0] * size[1], default=(0, 0)))


def _largest(file: BinaryIO) -> set[tuple[int, int]]:
    """Return offset and length of the pictures of the largest stated size."""
    count = min(int.from_bytes(read_at(file, 4, 2), "little"), limits.ICO_ENTRIES)
    table = read_at(file, _HEADER_LENGTH, count * _ENTRY_LENGTH)
    entries = [
        table[start : start + _ENTRY_LENGTH]
        for start in range(0, len(table) - _ENTRY_LENGTH + 1, _ENTRY_LENGTH)
    ]
    areas = [(entry[0] or 256) * (entry[1] or 256) for entry in entries]
    return {
        (int.from_bytes(entry[12:16], "little"), int.from_bytes(entry[8:12], "little"))
        for entry, area in zip(entries, areas, strict=True)
        if area == max(areas)
    }


def _size(head: bytes) -> tuple[int, int]:
    """Return the size of a PNG, or of a BMP, whose stated height includes the mask."""
    if head.startswith(_PNG):
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    width = int.from_bytes(head[4:8], "little", signed=True)
    height = int.from_bytes(head[8:12], "little", signed=True)
    return abs(width), abs(height) // 2
