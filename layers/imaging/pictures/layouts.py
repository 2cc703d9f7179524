"""Converts any of Pillow's pixel layouts to eight bits per channel."""

from __future__ import annotations

import math
from typing import cast

from PIL import Image, ImageChops

_EIGHT_BIT = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
_HIGHLIGHTS = 4.0  # light beyond white that is still taken for light, not for measurements
_NUMBERS = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


def eight_bit(image: Image.Image) -> Image.Image:
    """Return a decoded image in the layout L, LA, RGB, RGBA or CMYK, without visible loss.

    Palettes and transparent colors are resolved. 16 bits are scaled to 8, which Pillow alone would
    clip; larger numbers are scaled to the range that they span.
    """
    if image.mode in _NUMBERS:
        return _scaled(image)
    if image.has_transparency_data:
        return _with_alpha(image)
    if image.mode in _EIGHT_BIT:
        return image
    if image.mode == "LAB":
        return from_lab(image)
    return image.convert("L" if image.mode == "1" else "RGB")


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        return image.convert("LA")
    if image.mode in {"L", "LA"}:
        return image.convert("LA")
    return image.convert("RGBA")


def _scaled(image: Image.Image) -> Image.Image:
    """Return 8-bit gray from 16-bit, 32-bit or floating-point gray."""
    if image.mode == "F" and _is_light(image):
        from pictures.light import light_levels

        return light_levels(image)
    if image.mode.startswith("I;16"):
        scale, offset = 1 / 257, 0.0
    else:
        scale, offset = scale_of_range(*image.getextrema(), is_float=image.mode == "F")
    numbers = image if image.mode in {"I;16", "F"} else image.convert("I")
    # Pillow truncates fractions when it converts; half a level more turns that into rounding.
    gray = numbers.point(lambda value: value * scale + (offset + 0.5)).convert("L")
    clear = image.info.get("transparency")
    if image.mode == "I;16" and isinstance(clear, int):
        return Image.merge("LA", (gray, _all_but(image, clear)))
    return gray


def _is_light(image: Image.Image) -> bool:
    """Return whether floats are linear light, with highlights.

    A profile that says so is removed, because what is made of them is sRGB.
    """
    low, high = cast("tuple[float, float]", image.getextrema())
    if math.isfinite(low) and math.isfinite(high) and not 0 <= low <= high <= _HIGHLIGHTS:
        return False
    if profile := image.info.get("icc_profile"):
        from pictures.colorimetry.linear_profile import is_linear_gray

        if not is_linear_gray(profile):
            return False
        del image.info["icc_profile"]
    return True


def _all_but(image: Image.Image, clear: int) -> Image.Image:
    """Return the alpha of a 16-bit picture in which one level is transparent."""
    low, high = Image.frombytes("LA", image.size, image.tobytes()).split()
    other_low = low.point([255 * (level != clear & 255) for level in range(256)])
    other_high = high.point([255 * (level != clear >> 8) for level in range(256)])
    return ImageChops.lighter(other_low, other_high)


def from_lab(image: Image.Image) -> Image.Image:
    """Return a picture in CIELab as RGB in sRGB.

    Not optimized, a transform takes a quarter longer and is closer by half a level on average.
    """
    from PIL import ImageCms  # imported here: 12 ms that other pictures save

    spaces = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(*spaces, "LAB", "RGB", flags=ImageCms.Flags.NOOPTIMIZE)
    converted = transform.apply(image)
    converted.info = {}
    return converted


def without_needless_alpha(image: Image.Image) -> Image.Image:
    """Return an opaque image without alpha: a quarter less to resample and to encode."""
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        return image.convert(image.mode[:-1])
    return image


def fractions(numbers: Image.Image) -> Image.Image:
    """Return 8-bit levels of floating-point numbers from 0 to 1."""
    # Half a level more turns truncation into rounding.
    return numbers.point(lambda number: number * 255 + 0.5).convert("L")


def scale_of_range(low: float, high: float, *, is_float: bool) -> tuple[float, float]:
    """Return scale and offset by convention: 0 to 1 for floats, otherwise 8 or 16 bits."""
    if not (math.isfinite(low) and math.isfinite(high)) or (is_float and 0 <= low <= high <= 1):
        return 255.0, 0.0
    for top in (255, 65535):
        if low >= 0 and high <= top:
            return 255 / top, 0.0
    scale = 255 / (high - low or 1)
    return scale, -low * scale
