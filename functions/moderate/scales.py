"""Finds what renditions of other sizes show: profiles apply to pixels that are averaged before.

Fine stripes of two levels become one level in a small rendition, and a curve can give that level
any color, so a picture that is blank in one size can show something in another.
"""

from __future__ import annotations

from functools import reduce
from itertools import starmap
from typing import TYPE_CHECKING

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from pictures.color import SrgbTransform

Size = tuple[int, int]

LEAST = 64
"""Pixels of the longer side of the smallest picture that is looked at."""

# Levels. Clipped colors of photos in wide spaces, and CMYK, differ by up to 36 in single pixels.
_CLEAR = 48
_VISIBLE, _MOST_PIXELS = 16, 0.01
_RAMP = 256


def shown_at_scales(image: Image.Image, size: Size, colors: SrgbTransform) -> list[Image.Image]:
    """Return a picture in sRGB: as it is in the largest size needed, and as it differs in others.

    Args:
        image: as decoded.
        size: in pixels, the largest needed.
        colors: the conversion to sRGB.
    """
    needed = resized(image, size)
    made = [colors.apply(needed)]
    if colors.changes_nothing:
        return made
    if size != image.size and not _keeps_averages(image.mode, colors):
        made += _if_visible(resized(colors.apply(image), size), made[0])
    smaller, expected = needed, made[0]
    while max(smaller.size) >= 2 * LEAST:
        smaller, expected = smaller.reduce(2), expected.reduce(2)
        made += _if_visible(colors.apply(smaller), expected)
    return made


def resized(image: Image.Image, size: Size) -> Image.Image:
    """Return an image in another size, by Lanczos."""
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _if_visible(image: Image.Image, expected: Image.Image) -> list[Image.Image]:
    """Return the image if it shows something else: a little in many pixels, or much in one."""
    histogram = _difference(image, expected).histogram()
    visible = sum(histogram[_VISIBLE:])
    is_same = visible <= image.width * image.height * _MOST_PIXELS and not any(histogram[_CLEAR:])
    return [] if is_same else [image]


def _difference(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return the largest difference of each pixel's channels; alpha counts as it shows."""
    premultiplied = {"LA": "La", "RGBA": "RGBa"}
    pair = [image.convert(premultiplied.get(image.mode, image.mode)) for image in (one, other)]
    bands = zip(*(image.split() for image in pair), strict=True)
    return reduce(ImageChops.lighter, starmap(ImageChops.difference, bands))


def _keeps_averages(mode: str, colors: SrgbTransform) -> bool:
    """Return whether the average of any two levels of gray becomes about that of both colors."""
    if mode == "CMYK":
        return False
    levels = Image.frombytes("L", (_RAMP, 1), bytes(range(_RAMP)))
    one = levels.resize((_RAMP, _RAMP), Image.Resampling.NEAREST)
    other = one.transpose(Image.Transpose.TRANSPOSE)
    first, second = one.convert(mode), other.convert(mode)
    expected = Image.blend(colors.apply(first), colors.apply(second), 0.5)
    difference = _difference(colors.apply(Image.blend(first, second, 0.5)), expected)
    return not any(difference.histogram()[_CLEAR:])
