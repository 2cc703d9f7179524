"""The container of a JPEG XL: boxes around a codestream, with metadata (ISO/IEC 18181-2)."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from pictures import limits
from pictures.containers import read_at
from pictures.containers.boxes import Box, boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"
_WHOLE, _PART, _COMPRESSED = b"jxlc", b"jxlp", b"brob"
_PART_NUMBER_LENGTH, _KIND_LENGTH = 4, 4


def codestream_start(file: BinaryIO, length: int) -> bytes:
    """Return the first bytes of the codestream, up to `length`; empty if there is none."""
    if read_at(file, 0, len(CODESTREAM)) == CODESTREAM:
        return read_at(file, 0, length)
    start = b""
    for box in _boxes(file):
        at = box.start + _PART_NUMBER_LENGTH * (box.kind == _PART)
        if box.kind in {_WHOLE, _PART} and at < box.end:
            start += read_at(file, at, min(box.end - at, length - len(start)))
        if box.kind == _WHOLE or len(start) == length:
            break
    return start


def metadata(data: bytes, kind: bytes) -> bytes:
    """Return the content of the first metadata box of a type, decompressed if necessary."""
    if not data.startswith(SIGNATURE):
        return b""
    file = io.BytesIO(data)
    for box in _boxes(file):
        start, end = box.start, box.end
        if box.kind == kind:
            return data[start : min(end, start + limits.JXL_METADATA_BYTES)]
        if box.kind == _COMPRESSED and data[start : start + _KIND_LENGTH] == kind:
            from pictures.jxl.brotli import decompressed

            return decompressed(data[start + _KIND_LENGTH : end], limits.JXL_METADATA_BYTES)
    return b""


def exif(data: bytes) -> bytes:
    """Return the TIFF block of the EXIF box; its content begins with the offset of the block."""
    content = metadata(data, b"Exif")
    return content[4 + int.from_bytes(content[:4], "big") :]


def xmp(data: bytes) -> bytes:
    """Return the XMP packet."""
    return metadata(data, b"xml ")


def _boxes(file: BinaryIO) -> Iterator[Box]:
    end = file.seek(0, io.SEEK_END)
    found = boxes(file, 0, end, most=limits.JXL_BOXES + 1, is_lenient=True)
    return islice(found, limits.JXL_BOXES)
