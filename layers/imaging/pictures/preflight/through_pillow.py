"""Reads a header through Pillow, which opens lazily: nothing is decoded."""

from __future__ import annotations

from typing import BinaryIO

from pictures.decode import frame_count, open_picture, reading
from pictures.orientation import display_size
from pictures.preflight.header import Header


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:
    """Displayed size in pixels and number of frames.

    Args:
        file: the picture, seekable.
        name: its format: JPEG, PNG, GIF, TIFF, BMP or JPEG2000.
        max_pixels: width × height × frames may not be more.

    Raises:
        ValidationError: Pillow cannot make sense of it (`corrupt`); `too_many_pixels`;
            `too_complex`.
    """
    picture = open_picture(file, name, max_pixels=max_pixels)
    with reading():
        frames = frame_count(picture)
    return Header(*display_size(picture), frames)
