"""Draws pictures of any size that are neither plain nor pure noise."""

from __future__ import annotations

import random

from PIL import Image

_TILE = 1000


def texture(mode: str, grain: int) -> Image.Image:
    """A tile of soft colours with noise of so many levels on top."""
    noise = random.Random(4)  # noqa: S311 - the same picture every time
    soft = Image.radial_gradient("L").resize((_TILE, _TILE))
    grains = Image.frombytes("L", (_TILE, _TILE), noise.randbytes(_TILE * _TILE))
    rough = Image.blend(soft, grains, grain / 255)
    picture = Image.merge("RGB", (rough, rough.transpose(Image.Transpose.ROTATE_90), soft))
    return picture.convert(mode)


def tiled(mode: str, pixels: int, grain: int) -> Image.Image:
    """A square of so many pixels, or just below."""
    side = int(pixels**0.5)
    picture, tile = Image.new(mode, (side, side)), texture(mode, grain)
    for left in range(0, side, _TILE):
        for top in range(0, side, _TILE):
            picture.paste(tile, (left, top))
    return picture
