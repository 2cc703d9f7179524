"""Pictures of colored patches, and which patches stand next to which on a picture.

Each patch has a color of its own, so its neighbors tell where a part of the picture is from,
wherever it is shown and however small.
"""

from __future__ import annotations

from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterable

Color = tuple[int, int, int]
Neighbors = set[tuple[str, int, int]]
"""Pairs of patches: the direction from the first to the second, and their numbers."""

PAGES = {"white": (255, 255, 255), "black": (0, 0, 0)}
_LEVELS = (40, 120, 200)
# Far from white, black and each other: 24 of the 27 combinations of three levels.
PALETTE: tuple[Color, ...] = tuple(
    (red, green, blue)
    for red, green, blue in product(_LEVELS, repeat=3)
    if len({red, green, blue}) > 1
)
_NEAR = 38  # levels; less than half the distance of two colors
_STEP = 3


def patchwork(size: tuple[int, int], columns: int, rows: int, first: int = 0) -> Image.Image:
    """A grid of patches, numbered from `first` on, row by row; numbers beyond the palette wrap."""
    small = Image.new("RGB", (columns, rows))
    for index in range(columns * rows):
        small.putpixel((index % columns, index // columns), PALETTE[(first + index) % len(PALETTE)])
    return small.resize(size, Image.Resampling.NEAREST)


def neighbors(picture: Image.Image, least: int) -> Neighbors:
    """The pairs of patches that stand side by side, each at least `least` pixels wide and high.

    Less than that may be between them, blurred.
    """
    labels = _labels(np.asarray(picture.convert("RGB")))
    return _pairs(labels, least, "right") | _pairs(labels.T, least, "down")


def _labels(pixels: np.ndarray) -> np.ndarray:
    """The number of the patch of each pixel; -1 for other colors."""
    levels = np.full(256, -100, np.int8)
    for index, level in enumerate(_LEVELS):
        levels[level - _NEAR : level + _NEAR + 1] = index
    red, green, blue = (levels[pixels[..., channel]].astype(np.int16) for channel in range(3))
    combined = np.maximum(9 * red + 3 * green + blue, -1)
    numbers = np.full(28, -1, np.int16)  # the last for -1
    for number, color in enumerate(PALETTE):
        one, two, three = (_LEVELS.index(level) for level in color)
        numbers[9 * one + 3 * two + three] = number
    found: np.ndarray = numbers[combined]
    return found


def _pairs(labels: np.ndarray, least: int, direction: str) -> Neighbors:
    """The pairs on at least `least` lines, of which every third is looked at."""
    seen: dict[tuple[int, int], int] = {}
    for line in labels[::_STEP]:
        for pair in set(_along(line, least)):
            seen[pair] = seen.get(pair, 0) + _STEP
    return {(direction, *pair) for pair, lines in seen.items() if lines >= least}


def _along(line: np.ndarray, least: int) -> Iterable[tuple[int, int]]:
    """Pairs of neighbors on one line of pixels."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(line)) + 1))
    lengths = np.diff(np.concatenate((starts, [len(line)])))
    runs = line[starts[lengths >= least]].tolist()
    for one, other in pairwise(runs):
        if one >= 0 and other >= 0 and one != other:
            yield one, other
