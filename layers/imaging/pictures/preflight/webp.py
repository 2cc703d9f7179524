"""Reads the header of a WebP chunk by chunk: Pillow would read the whole file.

Format: developers.google.com/speed/webp/docs/riff_container.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.refusals import corrupt, too_complex, without_pixels
from pictures import exif
from pictures.limits import FRAMES, WEBP_CHUNKS, WEBP_EXIF_BYTES
from pictures.preflight.header import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

_FRAME_HEADER_LENGTH, _IS_CLEARED = 16, 1


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:  # noqa: ARG001
    """Return size in pixels, number of frames and EXIF orientation.

    Raises:
        ValidationError: there is no picture in it, or it ends early (`corrupt`); more frames or
            chunks than any real file has (`too_complex`).
    """
    width = height = frames = 0
    orientation, is_found = 1, False
    for kind, start, length in _chunks(file):
        file.seek(start)
        match kind:
            case b"VP8X":
                head = file.read(10)
                width = int.from_bytes(head[4:7], "little") + 1
                height = int.from_bytes(head[7:10], "little") + 1
            case b"VP8 " if not width:
                head = file.read(10)
                is_found = len(head) == 10
                width = int.from_bytes(head[6:8], "little") & 0x3FFF
                height = int.from_bytes(head[8:10], "little") & 0x3FFF
            case b"VP8L" if not width:
                bits = int.from_bytes(file.read(5)[1:], "little")
                width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            case b"ANMF":
                frames += 1
            case b"EXIF":
                orientation = exif.read(file.read(min(length, WEBP_EXIF_BYTES))).orientation or 1
            case _:
                pass
    if frames > FRAMES:
        raise too_complex("frames")
    if not (width and height):
        raise without_pixels(width, height) if is_found else corrupt()
    return Header(width, height, max(frames, 1), orientation)


def frame_boxes(file: BinaryIO) -> Iterator[tuple[tuple[int, int, int, int], bool]]:
    """Yield the box of each frame of an animation, and whether it is cleared after it was shown."""
    for kind, start, _ in _chunks(file):
        if kind == b"ANMF":
            file.seek(start)
            head = file.read(_FRAME_HEADER_LENGTH)
            left, top, width, height = (
                int.from_bytes(head[at : at + 3], "little") for at in (0, 3, 6, 9)
            )
            box = (2 * left, 2 * top, 2 * left + width + 1, 2 * top + height + 1)
            yield box, bool(head[15:] and head[15] & _IS_CLEARED)


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, position and length of the content of each chunk."""
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), "little")
    if end > file.seek(0, io.SEEK_END):
        raise corrupt()
    position = 12
    for _ in range(WEBP_CHUNKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or position >= end:
            return
        length = int.from_bytes(head[4:8], "little")
        yield head[:4], position + 8, length
        position += 8 + length + length % 2
    raise too_complex("chunks")
