"""Estimates where the eye goes, for crops that keep what matters: cheap and deterministic.

The score has three parts, each a few operations on a picture of 96 pixels: fine detail, colors that
stand out from the rest, and skin.
"""

from __future__ import annotations

from array import array

from PIL import Image, ImageChops, ImageFilter, ImageStat

from pictures.color import flatten

OVERVIEW = 96
"""Pixels of the longer side that are enough for the score, which then takes 2 ms."""

# Detail decides, color supports it, and skin of any tone counts as much as sharp edges.
_DETAIL, _COLOR, _SKIN = 4.0, 1.0, 0.5
# The region of skin in YCbCr (Chai and Ngan, 1999), without the darkest part.
_SKIN_LUMA, _SKIN_BLUE, _SKIN_RED = range(50, 256), range(77, 128), range(133, 174)

Map = tuple[float, Image.Image]


def focus_of(image: Image.Image, part: tuple[float, float]) -> tuple[float, float]:
    """Return the center of the most interesting part, in fractions of width and height.

    Args:
        image: the picture at about `OVERVIEW` pixels; a larger one only takes longer.
        part: width and height of the part to keep, in fractions of those of the picture.
    """
    maps = _maps(flatten(image).convert("RGB").convert("YCbCr"))
    across, down = _profile(maps, (image.width, 1)), _profile(maps, (1, image.height))
    return _best_middle(across, part[0]), _best_middle(down, part[1])


def _maps(image: Image.Image) -> list[Map]:
    """Return a map of each score, 0 to 255 per pixel, with its weight."""
    luma, blue, red = image.split()
    detail = ImageChops.difference(luma, luma.filter(ImageFilter.GaussianBlur(2)))
    # A color that is everywhere is the background, however strong it is.
    usual = tuple(round(mean) for mean in ImageStat.Stat(image).mean)
    unusual = ImageChops.difference(image, Image.new(image.mode, image.size, usual))
    color = ImageChops.add(unusual.getchannel("Cb"), unusual.getchannel("Cr"))
    skin = ImageChops.darker(_within(blue, _SKIN_BLUE), _within(red, _SKIN_RED))
    skin = ImageChops.darker(skin, _within(luma, _SKIN_LUMA))
    return [(_DETAIL, detail), (_COLOR, color), (_SKIN, skin)]


def _within(band: Image.Image, levels: range) -> Image.Image:
    return band.point([255 if level in levels else 0 for level in range(256)])


def _profile(maps: list[Map], size: tuple[int, int]) -> list[float]:
    """Return the score of each column or row: the weighted sum of the averaged maps."""
    lines = []
    for weight, interest in maps:
        line = interest.convert("F").resize(size, Image.Resampling.BOX)
        lines.append([weight * value for value in array("f", line.tobytes())])
    return [sum(values) for values in zip(*lines, strict=True)]


def _best_middle(profile: list[float], part: float) -> float:
    """Return the center, as a fraction, of the window with the highest score in a profile.

    The outer quarters of the window count less, so that a small object ends up in its middle; among
    equal windows the one nearest to the center wins.
    """
    length = max(1, round(part * len(profile)))
    quarter = max(1.0, length / 4)
    weights = [
        min(1.0, (0.5 + min(place, length - 1 - place)) / quarter) for place in range(length)
    ]
    center = (len(profile) - length) / 2

    def interest(start: int) -> tuple[float, float]:
        window = profile[start : start + length]
        total = sum(weight * value for weight, value in zip(weights, window, strict=True))
        return round(total, 3), -abs(start - center)

    best = max(range(len(profile) - length + 1), key=interest)
    return (best + length / 2) / len(profile)
