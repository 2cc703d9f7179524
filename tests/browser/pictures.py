"""Pictures for the tests in a browser: none looks like another."""

from __future__ import annotations

import random
from colorsys import hls_to_rgb

from PIL import Image, ImageDraw, ImageFilter

from tests.support.pictures import file_of, grain

_SIZE = (640, 480)


def picture_of(seed: int, size: tuple[int, int] = _SIZE) -> Image.Image:
    """Draw soft blotches of color, unlike those of any other seed."""
    bands = [grain((7, 5), 3 * seed + band).resize(size) for band in range(3)]
    return Image.merge("RGB", bands)


def blotches(seed: int, size: tuple[int, int] = _SIZE) -> bytes:
    """Return a JPEG of `picture_of`."""
    return file_of(picture_of(seed, size))


def scenery(seed: int, size: tuple[int, int] = (1200, 900)) -> bytes:
    """Return a JPEG of hills under a sky, at an hour and in colors of their own."""
    choose = random.Random(seed)
    width, height = size
    hue = choose.uniform(0.52, 0.8)
    land = choose.choice((0.3, 0.4, 0.6, 0.7, 0.9)) + choose.uniform(-0.04, 0.04)
    horizon = int(height * choose.uniform(0.4, 0.65))
    sky = Image.new("RGB", size, _color(choose.choice((0.04, 0.1, 0.54, 0.93)), 0.78, 0.8))
    ramp = Image.new("L", size, 255)
    ramp.paste(Image.linear_gradient("L").resize((width, horizon)))
    sky = Image.composite(sky, Image.new("RGB", size, _color(hue, 0.35, 0.5)), ramp)
    sun = (choose.randrange(width), int(horizon * choose.uniform(0.3, 0.9)))
    glow = Image.new("L", size)
    ImageDraw.Draw(glow).circle(sun, height // 5, fill=170)
    sky.paste(
        Image.new("RGB", size, (255, 240, 210)),
        mask=glow.filter(ImageFilter.GaussianBlur(height // 12)),
    )
    draw = ImageDraw.Draw(sky)
    draw.circle(sun, height // 16, fill=(255, 246, 224))
    for row in range(5):
        _hills(
            draw,
            size,
            horizon + (height - horizon) * row // 6,
            choose,
            _color(land, 0.42 - row * 0.08, 0.3),
        )
    return file_of(sky.filter(ImageFilter.GaussianBlur(1)), quality=88)


def _hills(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    top: int,
    choose: random.Random,
    color: tuple[int, int, int],
) -> None:
    points, level, slope = [], float(top), 0.0
    for x in range(0, size[0] + 20, 20):
        points.append((x, level))
        slope = 0.9 * slope + choose.uniform(-5, 5)
        level += slope + (top - level) * 0.06
    draw.polygon([(0, size[1]), *points, (size[0] + 20, size[1])], fill=color)


def _color(hue: float, lightness: float, saturation: float) -> tuple[int, int, int]:
    red, green, blue = hls_to_rgb(hue % 1, lightness, saturation)
    return int(255 * red), int(255 * green), int(255 * blue)
