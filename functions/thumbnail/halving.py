"""Halves a picture by averages, or with a better kernel where averages would show false stripes.

Averages of two pixels let through the finest stripes, as coarser ones that the picture does not
have: of a period of 2.4 pixels a quarter remains, with a period of 12. Lanczos removes them, but
takes 15 times as long.
"""

from __future__ import annotations

from itertools import product

from PIL import Image, ImageChops

_SIDE = 16  # pixels of a shrunk tile
_EDGE, _PART = 3, 5  # pixels that Lanczos mixes with the next tile; the rest is 2 × 2 parts
_SAMPLES = 24  # shrunk tiles in a row, times the shrink: an eightieth of a photo, 2 ms
_LARGEST_SHRINK = 5.0  # so that there are enough tiles
# Mean difference of a part, in levels; stripes that are off by 6 levels reach 3.8.
_VISIBLE = 3


def halved_by_lanczos(image: Image.Image) -> Image.Image:
    """Return an image of half the size, rounded up, without any false stripes."""
    width, height = image.size
    even = (0, 0, width - width % 2, height - height % 2)
    small = image.resize((width // 2, height // 2), Image.Resampling.LANCZOS, even)
    if even == (0, 0, width, height):
        return small
    # The last column and row are added afterwards: another copy of a large picture is too much.
    half = Image.new(image.mode, ((width + 1) // 2, (height + 1) // 2))
    half.paste(small)
    if width % 2:
        column = image.crop((width - 1, 0, width, height))
        half.paste(column.resize((1, half.height)), (half.width - 1, 0))
    if height % 2:
        row = image.crop((0, height - 1, width, height))
        half.paste(row.resize((half.width, 1)), (0, half.height - 1))
    return half


def shows_false_stripes(image: Image.Image, shrink: float) -> bool:
    """Return whether an output would show other stripes if the image was halved by averages.

    Compares samples that are shrunk in both ways. Noise and foliage differ in single pixels, false
    stripes everywhere in a tile. Of a photo, luma is compared.

    Args:
        image: to be halved.
        shrink: pixels of the image per pixel of the largest output that is made of its half.
    """
    shrink = min(shrink, _LARGEST_SHRINK)
    tiles, side = round(_SAMPLES / shrink), 2 * round(_SIDE * shrink / 2)
    if min(image.size) < side:
        return False
    samples = _samples(image, tiles, side)
    size, lanczos = (tiles * _SIDE, tiles * _SIDE), Image.Resampling.LANCZOS
    averaged = samples.reduce(2).resize(size, lanczos)
    difference = ImageChops.difference(averaged, samples.resize(size, lanczos))
    for left, top in product(range(_EDGE, size[0], _SIDE), repeat=2):
        inner = difference.crop((left, top, left + 2 * _PART, top + 2 * _PART))
        if max(inner.reduce(_PART).tobytes()) > _VISIBLE:
            return True
    return False


def _samples(image: Image.Image, tiles: int, side: int) -> Image.Image:
    """Return tiles from all over an image, in one picture."""
    is_photo = image.mode == "YCbCr"
    samples = Image.new("L" if is_photo else image.mode, (tiles * side, tiles * side))
    steps = [(whole - side) / (tiles - 1) for whole in image.size]
    for row, column in product(range(tiles), repeat=2):
        left, top = round(steps[0] * column), round(steps[1] * row)
        tile = image.crop((left, top, left + side, top + side))
        samples.paste(tile.getchannel(0) if is_photo else tile, (column * side, row * side))
    return samples
