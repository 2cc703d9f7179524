"""Decides whether this project shows a file otherwise than two other readers that agree. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.differential.readers import Reading

    Plane = NDArray[np.float64]

MEAN, WORST, ALPHA = 3.0, 12.0, 6.0
"""What counts as another picture: the mean ΔE, that of the worst part, and levels of alpha."""

_COMPARED = 64  # pixels of the longer side, at which kernels and dither hardly matter
_PARTS = 8  # the picture is divided into 8 × 8 parts
_TURNS = tuple(Image.Transpose)
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175],
     [0.0193339, 0.119192, 0.9503041]]
)  # fmt: skip
_WHITE = np.array([0.95047, 1.0, 1.08883])


@dataclass(frozen=True)
class Difference:
    """How far two pictures differ: CIE 1976 ΔE on white or black, and levels of alpha."""

    mean: float = 0.0
    worst: float = 0.0
    alpha: float = 0.0

    @property
    def is_visible(self) -> bool:
        """Whether a person would call them two pictures."""
        return self.mean > MEAN or self.worst > WORST or self.alpha > ALPHA


@dataclass(frozen=True)
class Finding:
    """The result for a file.

    `kind` is `failed`, `refused`, `sides`, `orientation`, `alpha` or `color`, `alone` where only
    one other reader opens what this project refuses, `same`, or `` where nothing was compared.
    """

    kind: str
    agreeing: tuple[str, ...] = ()
    difference: Difference = Difference()
    like: tuple[str, ...] = ()
    """Readers that show the same as this project."""


def finding(ours: Reading, others: Sequence[Reading]) -> Finding:
    """Compare this project's reading of a file with those of all others."""
    opened = [each for each in others if each.picture]
    if ours.failed:
        return Finding("failed", tuple(each.reader for each in opened))
    pair = next((pair for pair in combinations(opened, 2) if _agree(*pair)), None)
    if pair is None:
        return Finding("alone" if opened and not ours.picture else "")
    names = tuple(each.reader for each in pair)
    if ours.picture is None:
        return Finding("refused", names)
    like = tuple(each.reader for each in opened if _agree(ours, each))
    if set(names) & set(like):
        return Finding("same", names, like=like)
    kind, difference = _kind(ours, pair[0])
    return Finding(kind, names, difference, like)


def _agree(one: Reading, other: Reading) -> bool:
    return _same_sides(one, other) and not difference_of(one.picture, other.picture).is_visible


def _same_sides(one: Reading, other: Reading) -> bool:
    return one.sides == other.sides


def _kind(ours: Reading, other: Reading) -> tuple[str, Difference]:
    assert ours.picture
    difference = difference_of(ours.picture, other.picture)
    turned = [difference_of(ours.picture.transpose(turn), other.picture) for turn in _TURNS]
    if difference.is_visible and not min(turned, key=lambda each: each.mean).is_visible:
        return "orientation", difference
    if not _same_sides(ours, other):
        return "sides", difference
    return ("alpha" if difference.alpha > ALPHA else "color"), difference


def difference_of(one: Image.Image | None, other: Image.Image | None) -> Difference:
    """Compare two pictures in RGBA, brought to the size that the first has if reduced."""
    assert one
    assert other
    scale = min(1.0, _COMPARED / max(one.size))
    size = (max(1, round(one.width * scale)), max(1, round(one.height * scale)))
    small = [_reduced(each, size) for each in (one, other)]
    alpha = np.abs(small[0][..., 3] - small[1][..., 3])
    delta = np.maximum(*(_delta_e(*(_on(each, level) for each in small)) for level in (0, 255)))
    rows = np.array_split(delta, min(_PARTS, size[1]), axis=0)
    parts = [part for row in rows for part in np.array_split(row, min(_PARTS, size[0]), axis=1)]
    worst = max(float(part.mean()) for part in parts)
    return Difference(float(delta.mean()), worst, float(alpha.mean()))


def _reduced(picture: Image.Image, size: tuple[int, int]) -> Plane:
    return np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=np.float64)


def _on(pixels: Plane, level: int) -> Plane:
    opacity = pixels[..., 3:] / 255
    return pixels[..., :3] * opacity + level * (1 - opacity)


def _delta_e(one: Plane, other: Plane) -> Plane:
    distance: Plane = np.sqrt(((_lab(one) - _lab(other)) ** 2).sum(axis=-1))
    return distance


def _lab(levels: Plane) -> Plane:
    value = levels / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _TO_XYZ.T / _WHITE
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), ratio * 841 / 108 + 4 / 29)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), axis=-1)
