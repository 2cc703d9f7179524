"""Where the eye goes: a cheap, deterministic guess, for crops that keep what matters.

Three things draw the eye, and each is a few operations on a picture of 96 pixels: fine detail, a
colour that stands out from the rest, and skin.
"""

from __future__ import annotations

from array import array

from PIL import Image, ImageChops, ImageFilter, ImageStat

from pictures.color import flatten

OVERVIEW = 96
"""Pixels of the longer side: enough to see what is where, and 2 ms to look at."""

# Detail decides, colour supports it, and skin of any tone is worth as much as sharp edges.
_DETAIL, _COLOUR, _SKIN = 4.0, 1.0, 0.5
# The region of skin in YCbCr (Chai and Ngan, 1999), without the darkest part.
_SKIN_LUMA, _SKIN_BLUE, _SKIN_RED = range(50, 256), range(77, 128), range(133, 174)

Map = tuple[float, Image.Image]


def focus_of(image: Image.Image, part: tuple[float, float]) -> tuple[float, float]:
    """The middle of the most interesting part of a picture, in fractions of width and height.

    Args:
        image: the picture at `OVERVIEW` pixels or about that; a larger one only takes longer.
        part: width and height of the part to keep, in fractions of the picture's.
    """
    maps = _maps(flatten(image).convert("RGB").convert("YCbCr"))
    across, down = _profile(maps, (image.width, 1)), _profile(maps, (1, image.height))
    return _best_middle(across, part[0]), _best_middle(down, part[1])


def _maps(image: Image.Image) -> list[Map]:
    """How interesting each pixel is for each of the three reasons, 0 to 255, with its weight."""
    luma, blue, red = image.split()
    detail = ImageChops.difference(luma, luma.filter(ImageFilter.GaussianBlur(2)))
    # A colour that is everywhere is the background, however strong it is.
    usual = tuple(round(mean) for mean in ImageStat.Stat(image).mean)
    unusual = ImageChops.difference(image, Image.new(image.mode, image.size, usual))
    colour = ImageChops.add(unusual.getchannel("Cb"), unusual.getchannel("Cr"))
    skin = ImageChops.darker(_within(blue, _SKIN_BLUE), _within(red, _SKIN_RED))
    skin = ImageChops.darker(skin, _within(luma, _SKIN_LUMA))
    return [(_DETAIL, detail), (_COLOUR, colour), (_SKIN, skin)]


def _within(band: Image.Image, levels: range) -> Image.Image:
    return band.point([255 if level in levels else 0 for level in range(256)])


def _profile(maps: list[Map], size: tuple[int, int]) -> list[float]:
    """The interest in each column or row: all maps averaged down to one line, and added up."""
    lines = []
    for weight, interest in maps:
        line = interest.convert("F").resize(size, Image.Resampling.BOX)
        lines.append([weight * value for value in array("f", line.tobytes())])
    return [sum(values) for values in zip(*lines, strict=True)]


def _best_middle(profile: list[float], part: float) -> float:
    """The middle, as a fraction, of the window over a profile that holds most interest.

    What lies in the outer quarters of the window counts less, so that a small thing ends up in
    the middle of it; of equal windows the one nearest to the centre wins.
    """
    length = max(1, round(part * len(profile)))
    quarter = max(1.0, length / 4)
    weights = [
        min(1.0, (0.5 + min(place, length - 1 - place)) / quarter) for place in range(length)
    ]
    centre = (len(profile) - length) / 2

    def interest(start: int) -> tuple[float, float]:
        window = profile[start : start + length]
        total = sum(weight * value for weight, value in zip(weights, window, strict=True))
        return round(total, 3), -abs(start - centre)

    best = max(range(len(profile) - length + 1), key=interest)
    return (best + length / 2) / len(profile)
