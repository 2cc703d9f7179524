"""How different two sRGB colors look: CIEDE2000, after Sharma, Wu and Dalal (2005)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

_WHITE = (0.95047, 1.0, 1.08883)
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def worst_difference(one: Image.Image, other: Image.Image) -> float:
    """The largest CIEDE2000 between two RGB pictures of one size, pixel by pixel."""
    pixels = zip(_colors(one), _colors(other), strict=True)
    return max(ciede2000(_lab(left), _lab(right)) for left, right in set(pixels))


def _colors(picture: Image.Image) -> list[tuple[int, ...]]:
    data = picture.convert("RGB").tobytes()
    return [tuple(data[start : start + 3]) for start in range(0, len(data), 3)]


def _lab(color: Sequence[int]) -> tuple[float, float, float]:
    linear = [
        level / 255 / 12.92 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4
        for level in color
    ]
    xyz = [sum(k * value for k, value in zip(row, linear, strict=True)) for row in _TO_XYZ]
    x, y, z = (_cube_root(value / white) for value, white in zip(xyz, _WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube_root(value: float) -> float:
    return math.cbrt(value) if value > 216 / 24389 else value * 841 / 108 + 4 / 29


def ciede2000(one: Sequence[float], other: Sequence[float]) -> float:
    """The difference between two colors in Lab; about 2 is what an eye just sees."""
    chroma = (math.hypot(*one[1:]) + math.hypot(*other[1:])) / 2
    stretch = 1.5 - 0.5 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    (l1, c1, h1), (l2, c2, h2) = (_polar(lab, stretch) for lab in (one, other))
    turn = h2 - h1 if c1 * c2 else 0.0
    turn -= 360 * round(turn / 360)
    delta = (l2 - l1, c2 - c1, 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)))
    lightness, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2 if c1 * c2 else h1 + h2)
    weight = (
        1
        - 0.17 * _cos(hue - 30)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6)
        - 0.20 * _cos(4 * hue - 63)
    )
    square = (lightness - 50) ** 2
    scale = (
        1 + 0.015 * square / math.sqrt(20 + square),
        1 + 0.045 * chroma,
        1 + 0.015 * chroma * weight,
    )
    rotation = -math.sin(math.radians(60 * math.exp(-(((hue % 360 - 275) / 25) ** 2))))
    rotation *= 2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    light, color, tint = (part / by for part, by in zip(delta, scale, strict=True))
    return math.sqrt(light**2 + color**2 + tint**2 + rotation * color * tint)


def _polar(lab: Sequence[float], stretch: float) -> tuple[float, float, float]:
    lightness, a, b = lab[0], lab[1] * stretch, lab[2]
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
