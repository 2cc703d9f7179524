"""Arranges pictures on sheets: what fits side by side is judged by one call. Pure geometry.

Rekognition does not say at which resolution its model looks. A sheet has 1920 × 1920 pixels at
most, twice as many as renditions of a screen's size show, and what is on it is never enlarged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Size = tuple[int, int]
Box = tuple[int, int, int, int]

SIDE = 1920
"""Pixels: the most that a sheet has on a side."""

CLEAR_SIDE = 640
"""Pixels of the shorter side of a part, below which a second sheet is worth its price: an animation
in HD then has its published frame to itself, and two views of one photo still share a sheet."""

GAP = 8
"""Pixels between the parts on a sheet, so that they do not look like one picture."""

LONGEST = 2.5
"""Longer side per shorter side of a picture that is judged as a whole. Screens and film reach 2.4;
a model that looks at squares sees at least two fifths of its resolution across."""

_TILE = 2.0  # longer side per shorter side of a tile
_LEAST_TILE = 640  # pixels: narrow strips are not cut into crumbs
_OVERLAP = 0.25  # of the shorter side: what is smaller than that is whole in one of the tiles
_STEP = 0.96  # between the scales that are tried


@dataclass(frozen=True)
class Place:
    """Where a part stands: the number of its sheet, and its box there in pixels."""

    sheet: int
    box: Box


def tiles(size: Size) -> list[Box]:
    """Return the boxes, in pixels, of the overlapping parts that a picture is judged in."""
    width, height = size
    short, long = sorted(size)
    if long <= short * LONGEST or long <= _LEAST_TILE:
        return [(0, 0, width, height)]
    length = min(max(round(short * _TILE), _LEAST_TILE), long)
    step = length - round(short * _OVERLAP)
    count = -(-(long - length) // step) + 1
    starts = [index * (long - length) // max(count - 1, 1) for index in range(count)]
    if width >= height:
        return [(start, 0, start + length, height) for start in starts]
    return [(0, start, width, start + length) for start in starts]


def seen_size(width: int, height: int) -> Size:
    """Return the size that a picture is needed in: no part of it is larger on any sheet."""
    area = math.sqrt(width * height / 2) / SIDE  # of two sheets, covered completely
    is_whole = len(tiles((width, height))) == 1
    shrink = max(1.0, area, max(width, height) / SIDE if is_whole else 0.0)
    return _scaled((width, height), 1 / shrink)


def plan(published: Sequence[Size], others: Sequence[Size]) -> list[Place]:
    """Place all parts on one sheet, or on two if they would be too small on one.

    Args:
        published: sizes in pixels of the parts of the picture that renditions show.
        others: of the parts of further frames; they never take space from `published`.

    Returns:
        The places, in the order of the parts; all parts on a sheet have one scale, at most 1.
    """
    together = [*published, *others]
    places = _fitted(together, 1)
    if all(map(_is_clear, together, places)):
        return places
    if not others:
        return _fitted(published, 2)
    second = [Place(1, place.box) for place in _fitted(others, 1)]
    return _fitted(published, 1) + second


def _is_clear(size: Size, place: Place) -> bool:
    left, top, right, bottom = place.box
    return min(right - left, bottom - top) >= min(*size, CLEAR_SIDE)


def _fitted(sizes: Sequence[Size], sheets: int) -> list[Place]:
    """Place parts on a number of sheets, at the largest scale at which they fit."""
    scale = min(1.0, SIDE / max(max(size) for size in sizes))
    while True:
        places = _on_shelves([_scaled(size, scale) for size in sizes])
        if places[-1].sheet < sheets:
            return places
        scale *= _STEP


def _scaled(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _on_shelves(sizes: Sequence[Size]) -> list[Place]:
    """Place parts from left to right and from top to bottom, on as many sheets as needed."""
    places = []
    sheet = left = top = shelf = 0
    for width, height in sizes:
        if left + width > SIDE:
            left, top, shelf = 0, top + shelf + GAP, 0
        if top + height > SIDE:
            sheet, left, top, shelf = sheet + 1, 0, 0, 0
        places.append(Place(sheet, (left, top, left + width, top + height)))
        left += width + GAP
        shelf = max(shelf, height)
    return places
