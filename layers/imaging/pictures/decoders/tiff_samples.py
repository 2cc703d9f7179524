"""Pictures with eight bits per channel, made of the samples of a TIFF.

Of unsigned numbers the most significant bits are kept. Gray in floating point stays as it is: what
its numbers mean depends on their range.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from PIL import Image, ImageChops

from pictures.color import to_srgb
from pictures.colorimetry.stated import StatedColor
from pictures.decoders.tiff_layouts import CIELAB, FLOAT, PREMULTIPLIED, SIGNED, WHITE_IS_ZERO
from pictures.decoders.tiff_numbers import floats, integers
from pictures.decoders.tiff_planes import Numbers, numbers_of, packed_rows
from pictures.layouts import fractions, from_lab, scale_of_range
from pictures.light import light_levels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pictures.decoders.tiff_layouts import Layout

    Range = tuple[float, float]

_COLOR_MAP = 320
_PREMULTIPLIED_MODES = {"LA": "La", "RGBA": "RGBa"}
_SIGN_BIT = 128
_FLIPPED = bytes(level ^ _SIGN_BIT for level in range(256))


def decoded(
    layout: Layout, data: memoryview, tags: Any, profile: bytes | None, *, is_light: bool
) -> Image.Image:
    """Return the picture of a layout, in its mode.

    Inks with alpha are converted by the profile, because Pillow has no mode for both, and CIELab by
    its definition. `is_light` says that floats are linear light, which is encoded like sRGB.
    """
    bands = _bands(layout, data, tags, is_light=is_light)
    alpha = bands.pop() if layout.alpha else None
    is_premultiplied = layout.alpha == PREMULTIPLIED and layout.colors in {"L", "RGB", "CMYK"}
    is_premultiplied = is_premultiplied and not is_light
    if layout.photometric == WHITE_IS_ZERO:
        bands = [_inverted(bands[0])]
    elif layout.colors == "P":
        bands = _painted(bands[0], tags[_COLOR_MAP])
    elif layout.colors == "LAB":
        bands = list(from_lab(Image.merge("LAB", bands)).split())
    elif layout.colors == "CMYK" and alpha:
        inks = Image.merge("CMYK", _divided(bands, alpha) if is_premultiplied else bands)
        bands, is_premultiplied = list(to_srgb(inks, StatedColor(icc=profile)).split()), False
    if alpha:
        bands.append(alpha)
    if len(bands) == 1:
        return bands[0]
    if is_premultiplied:
        return Image.merge(_PREMULTIPLIED_MODES[layout.mode], bands).convert(layout.mode)
    return Image.merge(layout.mode, bands)


def _bands(layout: Layout, data: memoryview, tags: Any, *, is_light: bool) -> list[Image.Image]:
    """Return the shown samples: levels, indices of a palette, or floats of gray."""
    size = (layout.width, layout.height)
    if not layout.octets:
        return _unpacked_bands(layout, data, tags)
    samples = numbers_of(layout, data, tags)
    if layout.kind == FLOAT:
        stored = (floats(sample, size) for sample in samples)
        return list(stored) if layout.mode == "F" else _shown_floats(layout, stored, is_light)
    if layout.colors == "RGB" and layout.kind != SIGNED:
        return [_levels(sample, size) for sample in samples]
    numbers = list(samples)
    count = len(numbers) - bool(layout.alpha)
    if layout.colors == "P":
        bands = [integers(numbers[0], size) if layout.bits > 8 else _levels(numbers[0], size)]
    elif layout.colors == "LAB":
        bands = _lab_levels(layout, numbers[:count], size)
    elif layout.kind == SIGNED and any(_has_negative(sample) for sample in numbers[:count]):
        bands = _signed_levels(numbers[:count], size)
    elif layout.mode == "L" and layout.octets > 2:
        bands = [_levels_of_range(numbers[0], size)]
    else:
        bands = [_levels(sample, size) for sample in numbers[:count]]
    return bands + [_levels(sample, size) for sample in numbers[count:]]


def _shown_floats(
    layout: Layout, stored: Iterator[Image.Image], is_light: bool
) -> list[Image.Image]:
    """Return levels of floats: linear light without a profile, else what the profile describes."""
    if not is_light:
        return [fractions(band) for band in stored]
    count = len(layout.wanted) - bool(layout.alpha)
    if layout.alpha == PREMULTIPLIED:
        *colors, alpha = stored
        return [*(light_levels(band, alpha) for band in colors), fractions(alpha)]
    return [
        light_levels(band, None) if place < count else fractions(band)
        for place, band in enumerate(stored)
    ]


def _unpacked_bands(layout: Layout, data: memoryview, tags: Any) -> list[Image.Image]:
    """Return the shown samples of a layout whose samples begin within bytes."""
    planes = range(layout.samples) if layout.is_planar else [0]
    bands = {}
    row = layout.width * layout.plane_samples
    for plane in planes:
        if layout.is_planar and plane not in layout.wanted:
            continue
        rows = packed_rows(layout, data, tags, plane)
        flat = _unpacked(layout, rows).crop((0, 0, row, layout.height)).tobytes()
        for sample in range(layout.plane_samples):
            band = flat[sample :: layout.plane_samples]
            bands[plane + sample] = Image.frombytes("L", (layout.width, layout.height), band)
    return [bands[sample] for sample in layout.wanted]


def _unpacked(layout: Layout, rows: Image.Image) -> Image.Image:
    """Return samples that may begin anywhere in a byte, most significant bit first."""
    bits = layout.bits
    period = math.lcm(bits, 8)
    octets, samples = period // 8, period // bits
    periods = math.ceil(rows.width / octets)
    data = rows.crop((0, 0, periods * octets, rows.height)).tobytes() + b"\0"
    levels = bytearray(periods * samples * rows.height)
    top = 255 if layout.colors == "P" else (1 << min(bits, 8)) - 1
    scaled = bytes(min((byte >> 8 - min(bits, 8)) * 255 // top, 255) for byte in range(256))
    for sample in range(samples):
        octet, shift = divmod(sample * bits, 8)
        left = bytes(byte << shift & 255 for byte in range(256))
        right = bytes(byte >> 8 - shift for byte in range(256))
        first = data[octet:-1:octets].translate(left)
        second = data[octet + 1 :: octets].translate(right)[: len(first)].ljust(len(first), b"\0")
        both = int.from_bytes(first, "big") | int.from_bytes(second, "big")
        levels[sample::samples] = both.to_bytes(len(first), "big").translate(scaled)
    return Image.frombytes("L", (periods * samples, rows.height), bytes(levels))


def _levels(numbers: Numbers, size: tuple[int, int]) -> Image.Image:
    """Return the most significant byte of each number."""
    return Image.frombytes("L", size, numbers.data[numbers.octets - 1 :: numbers.octets])


def _levels_of_range(numbers: Numbers, size: tuple[int, int]) -> Image.Image:
    """Return the most significant byte that any number uses: 32 bits may hold only 16."""
    octets, data = numbers
    top = octets - 1
    while top and not data[top::octets].strip(b"\0"):
        top -= 1
    return Image.frombytes("L", size, data[top::octets])


def _has_negative(numbers: Numbers) -> bool:
    highest = numbers.data[numbers.octets - 1 :: numbers.octets]
    return bool(highest.translate(None, delete=bytes(range(_SIGN_BIT))))


def _signed_levels(numbers: Sequence[Numbers], size: tuple[int, int]) -> list[Image.Image]:
    """Return levels of signed numbers over the range that all of them span."""
    bands = [_signed(sample, size) for sample in numbers]
    lows, highs = zip(*(cast("Range", band.getextrema()) for band in bands), strict=True)
    scale, offset = scale_of_range(min(lows), max(highs), is_float=False)
    return [band.point(lambda number: number * scale + (offset + 0.5)).convert("L")
            for band in bands]  # fmt: skip


def _signed(numbers: Numbers, size: tuple[int, int]) -> Image.Image:
    """Return signed numbers in the mode I."""
    if numbers.octets == 1:
        shifted = Image.frombytes("L", size, numbers.data.translate(_FLIPPED)).convert("I")
        return shifted.point(lambda number: number * 1 - _SIGN_BIT)
    return Image.frombytes("I", size, numbers.data, "raw", f"I;{8 * numbers.octets}S")


def _inverted(band: Image.Image) -> Image.Image:
    if band.mode == "F":
        return band.point(lambda number: number * -1 + 1)
    return ImageChops.invert(band)


def _painted(indices: Image.Image, color_map: Sequence[int]) -> list[Image.Image]:
    """Return red, green and blue by a palette; some software writes its levels in eight bits."""
    count = len(color_map) // 3
    shift = 8 if max(color_map, default=0) > 255 else 0
    entries = 1 << (8 if indices.mode == "L" else 16)
    levels = [level >> shift for level in color_map]
    tables = [levels[band * count : (band + 1) * count][:entries] for band in range(3)]
    return [indices.point(table + [0] * (entries - len(table)), "L") for table in tables]


def _lab_levels(
    layout: Layout, numbers: Sequence[Numbers], size: tuple[int, int]
) -> list[Image.Image]:
    """Return L*, a* and b* as Pillow stores them: of 0 to 255, with an offset of 128."""
    bands = []
    for channel, (octets, data) in enumerate(numbers):
        stored = data
        if layout.photometric == CIELAB and channel:
            flipped = bytearray(data)
            flipped[octets - 1 :: octets] = data[octets - 1 :: octets].translate(_FLIPPED)
            stored = bytes(flipped)
        if octets == 1:
            bands.append(Image.frombytes("L", size, stored))
            continue
        scale = 1 / 257 if layout.photometric == CIELAB and not channel else 1 / 256
        whole = integers(Numbers(octets, stored), size)
        bands.append(whole.point(lambda number, scale=scale: number * scale + 0.5).convert("L"))
    return bands


def _divided(inks: Sequence[Image.Image], alpha: Image.Image) -> list[Image.Image]:
    """Return inks that were multiplied by alpha without it."""
    *first, black = inks
    colors = Image.merge("RGBa", (*first, alpha)).convert("RGBA").split()[:3]
    return [*colors, Image.merge("La", (black, alpha)).convert("LA").getchannel("L")]
