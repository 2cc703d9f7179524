"""Limits on a GIF: a screen, then frames anywhere on it or beyond it (GIF89a specification)."""

from __future__ import annotations

from typing import BinaryIO

from image_pipeline.refusals import too_complex, too_many_pixels
from pictures import limits
from pictures.containers import read_at

_HEADER_LENGTH = 13
_EXTENSION, _FRAME = 0x21, 0x2C
_HAS_COLORS = 0x80


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`. Frames are spread over the file, so it is read whole.

    A frame that reaches beyond the screen makes decoders enlarge the screen for all later frames.
    """
    data = read_at(file, 0, -1)
    width, height = _number(data, 6), _number(data, 8)
    position = _HEADER_LENGTH + _colors(data, 10)
    frames = blocks = 0
    while position < len(data):
        kind = data[position]
        if kind == _EXTENSION:
            position += 2
        elif kind == _FRAME:
            frames += 1
            width = max(width, _number(data, position + 1) + _number(data, position + 5))
            height = max(height, _number(data, position + 3) + _number(data, position + 7))
            if frames > limits.FRAMES:
                raise too_complex("frames")
            if max(width, height) > limits.SIDE or width * height * frames > max_pixels:
                raise too_many_pixels(width, height, frames, max_pixels, limits.SIDE)
            position += 11 + _colors(data, position + 9)  # the last byte is the LZW code size
        else:
            return
        while position < len(data) and (length := data[position]):
            position += 1 + length
            blocks += 1
            if blocks > limits.GIF_BLOCKS:
                raise too_complex("data blocks")
        position += 1


def _number(data: bytes, position: int) -> int:
    return int.from_bytes(data[position : position + 2], "little")


def _colors(data: bytes, position: int) -> int:
    """Return the length of the color table that the flags at a position announce."""
    flags = data[position] if position < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & _HAS_COLORS else 0
