"""Limits on a GIF: a screen, then frames anywhere on it or beyond it."""

from __future__ import annotations

from typing import BinaryIO

from image_pipeline.refusals import too_complex, too_many_pixels, without_pixels
from pictures import limits
from pictures.containers import read_at
from pictures.containers.gif_frames import frames, screen


def check(file: BinaryIO, max_pixels: int, *, header_only: bool) -> None:  # noqa: ARG001
    """See `Format.check`. Frames are spread over the file, so it is read whole.

    A frame that reaches beyond the screen makes decoders enlarge the screen for all later frames.
    """
    data = read_at(file, 0, -1)
    width, height = screen(data)
    for number, frame in enumerate(frames(data), start=1):
        if number == 1 and not (frame.width and frame.height):
            raise without_pixels(frame.width, frame.height)
        width, height = max(width, frame.box[2]), max(height, frame.box[3])
        if number > limits.FRAMES:
            raise too_complex("frames")
        if max(width, height) > limits.SIDE or width * height * number > max_pixels:
            raise too_many_pixels(width, height, number, max_pixels, limits.SIDE)
