"""Pillow's JPEG 2000 reader, which does not refuse a picture for a flawed resolution."""

from __future__ import annotations

import io
import struct
from typing import IO, TYPE_CHECKING, cast

from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from pictures.containers.boxes import boxes, find, whole

if TYPE_CHECKING:
    from typing import BinaryIO

_KIND_LENGTH = 4
_RESOLUTION, _FREE = b"res ", b"free"


def open_jpeg2000(file: IO[bytes], filename: str) -> Jpeg2KImageFile:
    """Return the picture of a JPEG 2000, without its resolution if that cannot be read."""
    try:
        return Jpeg2KImageFile(file, filename)
    except (SyntaxError, OSError, struct.error):
        readable = _without_resolution(cast("BinaryIO", file))
        if readable is None:
            raise
        return Jpeg2KImageFile(readable, filename)


def _without_resolution(file: BinaryIO) -> IO[bytes] | None:
    """Return the file with its resolution box (ISO/IEC 15444-1, I.5.3.7) hidden; None without."""
    header = find(file, whole(file), b"jp2h")
    parts = boxes(file, header.start, header.end) if header else ()
    resolution = next((each for each in parts if each.kind == _RESOLUTION), None)
    if resolution is None:
        return None
    file.seek(0)
    data = bytearray(file.read())
    data[resolution.start - _KIND_LENGTH : resolution.start] = _FREE
    return io.BytesIO(data)
