"""Synthetic photos with the sizes, layouts and profiles of real ones."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFilter

from tests.support.pictures import file_of, grain, orientation_exif
from tests.support.profiles import display_p3

if TYPE_CHECKING:
    from pathlib import Path

_SHAPES = 120
# The distance of the grains of each layer of texture, and its opacity over the layers below.
# Together they have about the spectrum of natural pictures.
_TEXTURE = ((64, 1.0), (16, 0.45), (5, 0.3), (2, 0.12))


def draw(folder: Path) -> Path:
    """Draw the set into a folder; return the folder."""
    phone = scene((4032, 3024))
    (folder / "12mp.jpg").write_bytes(file_of(phone, quality=92))
    (folder / "12mp-p3-turned.jpg").write_bytes(
        file_of(phone, quality=92, icc_profile=display_p3(), exif=orientation_exif(6))
    )
    (folder / "12mp-progressive.jpg").write_bytes(file_of(phone, quality=92, progressive=True))
    (folder / "12mp.png").write_bytes(file_of(phone, "PNG", compress_level=3))
    (folder / "24mp.jpg").write_bytes(file_of(scene((6000, 4000)), quality=92))
    (folder / "48mp.jpg").write_bytes(file_of(scene((8064, 6048)), quality=90))
    return folder


def scene(size: tuple[int, int], seed: int = 1) -> Image.Image:
    """Draw shapes of all sizes, plain and textured, on a sky, with a little blur and noise."""
    chance = random.Random(seed)  # noqa: S311 - the same on every machine
    picture = _sky(size)
    texture = _texture(size, seed)
    for _ in range(_SHAPES):
        _put_shape(picture, texture, chance)
    noise = grain(size, seed).convert("RGB")
    return Image.blend(picture.filter(ImageFilter.GaussianBlur(0.7)), noise, 0.015)


def _sky(size: tuple[int, int]) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.merge(
        "RGB", [ramp.point([base + v // 4 for v in range(256)]) for base in (90, 130, 190)]
    )


def _texture(size: tuple[int, int], seed: int) -> Image.Image:
    texture = Image.new("L", size)
    for apart, share in _TEXTURE:
        coarse = grain((size[0] // apart + 1, size[1] // apart + 1), seed + apart)
        texture = Image.blend(texture, coarse.resize(size, Image.Resampling.BICUBIC), share)
    return texture


def _put_shape(picture: Image.Image, texture: Image.Image, chance: random.Random) -> None:
    side = int(picture.height * 0.02 * 25 ** chance.random())  # small ones as often as large ones
    width, height = int(side * chance.uniform(0.5, 2)), side
    left, top = chance.randrange(picture.width), chance.randrange(picture.height)
    box = (
        left - width // 2,
        top - height // 2,
        left + width - width // 2,
        top + height - height // 2,
    )
    shape = Image.new("L", (width, height))
    draw_shape = chance.choice((ImageDraw.Draw(shape).ellipse, ImageDraw.Draw(shape).rectangle))
    draw_shape((0, 0, width - 1, height - 1), fill=255)
    grey = chance.randrange(60, 196)
    colour = tuple(grey + chance.randrange(-45, 46) for _ in range(3))
    thing = Image.new("RGB", (width, height), colour)
    surface = texture.crop(box).convert("RGB")
    picture.paste(Image.blend(thing, surface, chance.choice((0.0, 0.2, 0.5))), box[:2], shape)
