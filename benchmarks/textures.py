"""Pictures of any size between plain and pure noise."""

from __future__ import annotations

import random

from PIL import Image

_TILE = 1000


def texture(mode: str, grain: int) -> Image.Image:
    """Draw a tile of soft colors, with noise of a number of levels on top."""
    noise = random.Random(4)  # noqa: S311 - the same picture every time
    soft = Image.radial_gradient("L").resize((_TILE, _TILE))
    grains = Image.frombytes("L", (_TILE, _TILE), noise.randbytes(_TILE * _TILE))
    rough = Image.blend(soft, grains, grain / 255)
    picture = Image.merge("RGB", (rough, rough.transpose(Image.Transpose.ROTATE_90), soft))
    return picture.convert(mode)


def tiled(mode: str, pixels: int, grain: int) -> Image.Image:
    """Fill a square of a number of pixels, or just below it, with tiles."""
    side = int(pixels**0.5)
    picture, tile = Image.new(mode, (side, side)), texture(mode, grain)
    for left in range(0, side, _TILE):
        for top in range(0, side, _TILE):
            picture.paste(tile, (left, top))
    return picture
