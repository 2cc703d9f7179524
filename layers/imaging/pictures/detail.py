"""Measures the fine detail of a picture from a few bands across it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageFilter, ImageStat

if TYPE_CHECKING:
    from pictures.cut import Box

_BANDS, _ROWS = 8, 12  # a twentieth of a photo; 3 ms
# Fourth difference, across and down: responds to the finest pattern that pixels can hold.
_FINEST = ImageFilter.Kernel(
    (5, 5),
    (0, 0, 1, 0, 0, 0, 0, -4, 0, 0, 1, -4, 12, -4, 1, 0, 0, -4, 0, 0, 0, 0, 1, 0, 0),
    scale=8,
    offset=128,
)


def smoothness(picture: Image.Image, box: Box, channel: int = 0) -> float:
    """Return the level of white relative to that of the finest detail, in dB.

    About 25 for foliage, 35 for most photos, 45 if out of focus, 99 for a single color.

    Args:
        picture: of eight bits.
        box: the part to look at: left, top, right, bottom in pixels.
        channel: the one to look at; the first is luma or something like it.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    step = max((bottom - top - _ROWS) / (_BANDS - 1), 0.0)
    starts = {top + round(step * band) for band in range(_BANDS)}
    variances = [
        _finest(picture.crop((left, start, right, min(start + _ROWS, bottom))).getchannel(channel))
        for start in starts
    ]
    mean = sum(variances) / len(variances)
    return 10 * math.log10(255**2 / mean) if mean > 1e-5 else 99.0


def _finest(band: Image.Image) -> float:
    """Return the variance of the finest detail of a band, without its edge pixels."""
    width, height = band.size
    if min(width, height) < 5:
        return 0.0
    return ImageStat.Stat(band.filter(_FINEST).crop((2, 2, width - 2, height - 2))).var[0]
