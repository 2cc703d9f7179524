"""Reads a header through Pillow, which opens files lazily: nothing is decoded."""

from __future__ import annotations

from typing import BinaryIO

from pictures.decode import frame_count, open_picture, reading
from pictures.orientation import display_size
from pictures.preflight.header import Header


def read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:
    """Return the displayed size in pixels and the number of frames.

    Args:
        file: the picture, seekable.
        name: its format.
        max_pixels: the largest width × height × frames to accept.

    Raises:
        ValidationError: Pillow cannot read it (`corrupt`); `too_many_pixels`; `too_complex`.
    """
    picture = open_picture(file, name, max_pixels=max_pixels)
    with reading():
        frames = frame_count(picture)
    return Header(*display_size(picture), frames)
