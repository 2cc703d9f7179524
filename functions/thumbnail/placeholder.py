"""Describes a picture in a few characters: BlurHash, dominant color, difference hash.

A gallery paints the first two before any rendition has arrived; near-duplicates have difference
hashes that differ in few bits. All three are computed from a picture of 24 pixels. Own code,
because the packages for them need numpy or a C extension, or take 20 ms.

BlurHash: github.com/woltapp/blurhash/blob/master/Algorithm.md.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise
from operator import mul
from typing import TYPE_CHECKING

from PIL import Image

from image_pipeline.models import Placeholder
from pictures.color import flatten

if TYPE_CHECKING:
    from collections.abc import Sequence

SIDE = 24
"""Pixels of the longer side that are enough: a BlurHash here has four waves across it."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_ALONG, _ACROSS = 4, 3  # components along the longer side and the shorter one
_HASH_SIDE = 8
_COLORS = 6  # of which the one with most pixels is dominant
_SIDE_FOR_COLORS = 16  # a third of the time of 24 pixels
_OPAQUE = 128  # of alpha


def placeholder_of(image: Image.Image) -> Placeholder:
    """Return the placeholder of a picture; transparent parts show white.

    Args:
        image: the whole picture in L, LA, RGB or RGBA, upright and in sRGB, at about `SIDE` pixels.
    """
    shown = flatten(image).convert("RGB")
    components = (_ALONG, _ACROSS) if image.width >= image.height else (_ACROSS, _ALONG)
    return Placeholder(
        blurhash=blurhash(shown, components),
        dominant_color=_dominant_color(image),
        difference_hash=_difference_hash(shown),
    )


def blurhash(image: Image.Image, components: tuple[int, int]) -> str:
    """Return the BlurHash of an image in RGB, with 1 to 9 components along each side."""
    # Waves shorter than two pixels would be mistaken for longer ones.
    size = (max(image.width, components[0]), max(image.height, components[1]))
    if size != image.size:
        image = image.resize(size, Image.Resampling.BILINEAR)
    data = image.tobytes()
    linear = _linear()
    channels = [[linear[level] for level in data[channel::3]] for channel in range(3)]
    factors = list(zip(*(_factors(each, size, components) for each in channels), strict=True))
    (average, *waves) = factors
    largest = max((abs(value) for wave in waves for value in wave), default=0.0)
    step = max(0, min(82, math.floor(largest * 166 - 0.5)))
    scale = (step + 1) / 166
    red, green, blue = (_srgb(value) for value in average)
    return "".join(
        (
            _base_83(components[0] - 1 + (components[1] - 1) * 9, 1),
            _base_83(step if waves else 0, 1),
            _base_83(red << 16 | green << 8 | blue, 4),
            *(_base_83(_wave(wave, scale), 2) for wave in waves),
        )
    )


def _factors(
    levels: list[float], size: tuple[int, int], components: tuple[int, int]
) -> list[float]:
    """Return the factor of each component for one channel, in linear light, row by row."""
    width, height = size
    rows = [levels[start : start + width] for start in range(0, width * height, width)]
    columns = [
        [sum(map(mul, row, _cosines(width, across))) for row in rows]
        for across in range(components[0])
    ]
    return [
        sum(map(mul, column, _cosines(height, down))) * (2 if across or down else 1) / len(levels)
        for down in range(components[1])
        for across, column in enumerate(columns)
    ]


@cache
def _cosines(length: int, frequency: int) -> tuple[float, ...]:
    return tuple(math.cos(math.pi * frequency * (place + 0.5) / length) for place in range(length))


@cache
def _linear() -> tuple[float, ...]:
    """Return the linear light of each level of sRGB (IEC 61966-2-1)."""
    shares = [level / 255 for level in range(256)]
    return tuple(
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )


def _srgb(light: float) -> int:
    light = max(0.0, min(1.0, light))
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return int(share * 255 + 0.5)


def _wave(factors: Sequence[float], scale: float) -> int:
    """Return three factors, relative to the largest, as one number: 19 steps each."""
    number = 0
    for factor in factors:
        root = math.copysign(math.sqrt(abs(factor / scale)), factor)
        number = number * 19 + max(0, min(18, math.floor(root * 9 + 9.5)))
    return number


def _base_83(number: int, digits: int) -> str:
    return "".join(_DIGITS[number // 83**place % 83] for place in range(digits - 1, -1, -1))


def _dominant_color(image: Image.Image) -> str | None:
    """Return the color of most pixels as `#rrggbb`; None where nothing is opaque."""
    if max(image.size) > _SIDE_FOR_COLORS:
        image = image.copy()
        image.thumbnail((_SIDE_FOR_COLORS, _SIDE_FOR_COLORS), Image.Resampling.BOX)
    pixels = _opaque_pixels(image) if image.mode in {"LA", "RGBA"} else image.convert("RGB")
    if pixels is None:
        return None
    reduced = pixels.quantize(_COLORS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    counts = reduced.histogram()
    index = counts.index(max(counts))
    palette = bytes(reduced.getpalette("RGB") or ())
    return f"#{palette[3 * index : 3 * index + 3].hex()}"


def _opaque_pixels(image: Image.Image) -> Image.Image | None:
    """Return the pixels that are not transparent, in one row."""
    data = image.convert("RGBA").tobytes()
    pixels = [data[start : start + 4] for start in range(0, len(data), 4)]
    opaque = b"".join(pixel[:3] for pixel in pixels if pixel[3] >= _OPAQUE)
    return Image.frombytes("RGB", (len(opaque) // 3, 1), opaque) if opaque else None


def _difference_hash(image: Image.Image) -> str:
    """Return which of 8 × 8 areas are lighter than the one to their left, 64 bits in hexadecimal.

    The bits and their order are those of the `dhash` in the package imagehash.
    """
    areas = image.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.LANCZOS)
    levels = areas.tobytes()
    bits = 0
    for start in range(0, len(levels), _HASH_SIDE + 1):
        row = levels[start : start + _HASH_SIDE + 1]
        for left, right in pairwise(row):
            bits = bits << 1 | (right > left)
    return f"{bits:0{_HASH_SIDE * _HASH_SIDE // 4}x}"
