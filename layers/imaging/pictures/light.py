"""Levels of sRGB from light in floating point, as TIFF holds it and libvips reads it (scRGB)."""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageMath

from pictures.colorimetry.transfer_functions import encoded

_ROWS = 256  # at a time, to hold no further whole copy in floating point
_STEPS = 65_535  # of light; the smallest is a fifth of a level


def light_levels(light: Image.Image, alpha: Image.Image | None = None) -> Image.Image:
    """Return 8-bit levels of sRGB of linear light from 0 to 1; more is white.

    Args:
        light: one channel, in the mode F.
        alpha: in the mode F, which the light has been multiplied by; None if it has not been.
    """
    levels = Image.new("L", light.size)
    for top in range(0, light.height, _ROWS):
        box = (0, top, light.width, min(top + _ROWS, light.height))
        levels.paste(_encoded(light.crop(box), alpha.crop(box) if alpha else None), box)
    return levels


def _encoded(light: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if alpha:
        light = ImageMath.lambda_eval(
            lambda names: names["light"] / names["max"](names["alpha"], 1 / _STEPS),
            light=light,
            alpha=alpha,
        )
    # Conversions to integers wrap around. The order makes what is not a number black.
    clipped = ImageMath.lambda_eval(
        lambda names: names["min"](names["max"](names["light"], 0.0), 1.0), light=light
    )
    steps: Image.Image = clipped.point(lambda value: value * _STEPS + 0.5).convert("I")
    return steps.point(_table(), "L")


@cache
def _table() -> list[int]:
    lights = (step / _STEPS for step in range(_STEPS + 1))
    return [round(255 * encoded(light)) for light in lights]
