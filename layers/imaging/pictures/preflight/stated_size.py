"""Reads the stated size of a picture that its decoder refuses, to say if there is nothing in it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import without_pixels
from pictures import limits
from pictures.containers import read_at
from pictures.containers.jpeg_segments import FRAMES, segments
from pictures.containers.tiff_directories import Tiff

if TYPE_CHECKING:
    from collections.abc import Callable

_Size = tuple[int, ...]
_OLDEST_BMP_HEADER = 12
_WIDTH, _HEIGHT = 256, 257


def check_sides(file: BinaryIO, format_name: str) -> None:
    """Refuse a picture one of whose sides has no pixels.

    Args:
        file: the picture, seekable.
        format_name: as in `pictures.formats`; formats that are checked elsewhere pass.

    Raises:
        ValidationError: it states such a size (`corrupt`).
    """
    read = _READERS.get(format_name)
    try:
        size = read(file) if read else ()
    except (struct.error, IndexError):  # the header ends early
        return
    if len(size) == 2 and 0 in size:
        raise without_pixels(*size)


def _png(file: BinaryIO) -> _Size:
    return struct.unpack(">II", read_at(file, 16, 8))


def _gif(file: BinaryIO) -> _Size:
    return struct.unpack("<HH", read_at(file, 6, 4))


def _bmp(file: BinaryIO) -> _Size:
    head = read_at(file, 14, 12)
    code = "<HH" if head[0] == _OLDEST_BMP_HEADER else "<ii"
    return struct.unpack_from(code, head, 4)


def _jpeg(file: BinaryIO) -> _Size:
    frame = next((each.content for each in segments(file) if each.marker in FRAMES), b"")
    height, width = struct.unpack_from(">HH", frame, 1)
    return width, height


def _tiff(file: BinaryIO) -> _Size:
    tiff = Tiff.in_file(file)
    directory = tiff.directory(tiff.first_offset() or 0, limits.TIFF_DIRECTORY_ENTRIES)
    numbers = {each.tag: tiff.number_in(each) for each in directory.entries} if directory else {}
    return tuple(numbers[tag] for tag in (_WIDTH, _HEIGHT) if tag in numbers)


_READERS: dict[str, Callable[[BinaryIO], _Size]] = {
    "PNG": _png,
    "GIF": _gif,
    "BMP": _bmp,
    "JPEG": _jpeg,
    "TIFF": _tiff,
}
