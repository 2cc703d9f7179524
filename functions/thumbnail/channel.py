"""Resizes one channel of an image, faster than Pillow alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pictures.cut import Box

_STRIP = 256  # rows


def resized_channel(
    image: Image.Image,
    index: int,
    size: tuple[int, int],
    resampling: Image.Resampling,
    box: Box,
) -> Image.Image:
    """`Image.resize` for one channel, in 0.8 times the time.

    Between rows the meaning of the bytes of a row does not matter, and Pillow is faster with four
    of them as one pixel. So the height comes first, where Pillow alone begins with the width, and
    only the source span is included.

    Args:
        image: of eight bits for each channel.
        index: of the channel, from 0.
        size: width and height of the output in pixels.
        resampling: a kernel with at most the support of Lanczos.
        box: the part to resize: left, top, right, bottom in pixels of the image.
    """
    left, top, right, bottom = box
    start, end = _looked_at(left, right, size[0], image.width)
    first, last = _looked_at(top, bottom, size[1], image.height)
    width = (end - start + 3) // 4 * 4
    data = _bytes_of(image, index, (start, first, start + width, last))
    fours = Image.frombuffer("CMYK", (width // 4, last - first), data, "raw", "CMYK", 0, 1)
    fours = fours.resize(
        (fours.width, size[1]), resampling, (0, top - first, fours.width, bottom - first)
    )
    rows = Image.frombuffer("L", (width, size[1]), fours.tobytes(), "raw", "L", 0, 1)
    if width > end - start:
        rows = rows.crop((0, 0, end - start, size[1]))
    return rows.resize(size, resampling, (left - start, 0, right - start, size[1]))


def _looked_at(start: float, end: float, pixels: int, most: int) -> tuple[int, int]:
    """Return the source span, including kernel support, for resampling [start, end) to `pixels`."""
    beside = 3 * max((end - start) / pixels, 1) + 1
    return max(math.floor(start - beside), 0), min(math.ceil(end + beside), most)


def _bytes_of(image: Image.Image, index: int, box: tuple[int, int, int, int]) -> bytearray:
    """Return one channel of a part of an image, row by row; 0 to the right of the image.

    In strips, because `getchannel` and `tobytes` on the whole would hold three copies at once.
    """
    left, top, right, bottom = box
    data = bytearray()
    for first in range(top, bottom, _STRIP):
        strip = image.crop((left, first, right, min(first + _STRIP, bottom)))
        data += (strip if strip.mode == "L" else strip.getchannel(index)).tobytes()
    return data
