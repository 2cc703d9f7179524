"""The color space that a JPEG 2000 names, or that its profile describes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from metadata.extract import extract
from tests.support.color_files import colors_in, jp2_with, strip_of
from tests.support.profiles import gray
from thumbnail.renditions import parse_specs, pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.image_metadata import ImageMetadata

COLORS = [(200, 60, 40), (40, 180, 60), (128, 128, 128), (250, 250, 250)]
SYCC, YCC_709, YCC_FULL, YCC_601, CIELAB, ROMM, E_SYCC = 18, 1, 3, 4, 14, 21, 24
# CIELab (D50) of these colors.
LAB = [(47.4, 55.0, 45.0), (64.7, -55.0, 48.0), (53.6, 0, 0), (98.3, 0, 0)]
LIMITED = {YCC_709: (0.2126, 0.0722), YCC_601: (0.299, 0.114)}


def enumerated(number: int, *parameters: int) -> bytes:
    return b"\1\0\0" + struct.pack(f">{1 + len(parameters)}I", number, *parameters)


def shown(data: bytes) -> Image.Image:
    return pixels_of(data, parse_specs("a=2000x2000:inside:png"))[0]


def metadata_of(data: bytes) -> ImageMetadata:
    return extract(data, store_gps=False)


def assert_near(found: Sequence[int], wanted: Sequence[int], tolerance: int = 1) -> None:
    assert all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True)), found


def assert_shows(data: bytes, colors: Sequence[tuple[int, ...]] = COLORS) -> None:
    for found, wanted in zip(colors_in(shown(data), len(colors)), colors, strict=True):
        assert_near(found, wanted, 4)


def as_numbers(picture: Image.Image) -> Image.Image:
    """The channels of another space as if they were red, green and blue."""
    return Image.merge("RGB", picture.split()[:3])


@pytest.mark.parametrize("number", [SYCC, YCC_FULL, E_SYCC])
def test_full_range_ycbcr_is_converted(number: int) -> None:
    picture = as_numbers(strip_of(COLORS, 32).convert("YCbCr"))

    assert_shows(jp2_with(picture, enumerated(number)))


@pytest.mark.parametrize("number", LIMITED)
def test_limited_range_ycbcr_is_converted(number: int) -> None:
    of_red, of_blue = LIMITED[number]
    stored = []
    for red, green, blue in COLORS:
        luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
        chroma = (blue - luma) / (1 - of_blue) / 2, (red - luma) / (1 - of_red) / 2
        levels = 16 + luma * 219 / 255, *(128 + each * 224 / 255 for each in chroma)
        stored.append((round(levels[0]), round(levels[1]), round(levels[2])))

    assert_shows(jp2_with(strip_of(stored, 32), enumerated(number)))


def lab_strip(ranges: Sequence[tuple[float, float]]) -> Image.Image:
    stored = []
    for color in LAB:
        pairs = zip(color, ranges, strict=True)
        first, second, third = (
            round(value * 255 / span + offset) for value, (span, offset) in pairs
        )
        stored.append((first, second, third))
    return strip_of(stored, 32)


@pytest.mark.parametrize(
    ("ranges", "parameters"),
    [
        ([(100, 0), (170, 128), (200, 96)], ()),
        ([(100, 0), (255, 128), (255, 128)], (100, 0, 255, 128, 255, 128, 0x00443530)),
    ],
)
def test_cielab_is_converted(
    ranges: list[tuple[float, float]], parameters: tuple[int, ...]
) -> None:
    data = jp2_with(lab_strip(ranges), enumerated(CIELAB, *parameters))

    assert_shows(data)
    assert metadata_of(data).color_space == "CIELab (colr)"


def test_alpha_is_kept_beside_ycbcr() -> None:
    picture = as_numbers(strip_of(COLORS, 32).convert("YCbCr"))
    picture.putalpha(99)

    found = shown(jp2_with(picture, enumerated(E_SYCC)))

    assert found.mode == "RGBA"
    assert found.getchannel("A").getextrema() == (99, 99)
    assert_near(colors_in(found, 4)[0], COLORS[0], 4)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_profile_counts(bits: int) -> None:
    picture = Image.new("L" if bits == 8 else "I;16", (16, 16), 128 * (1 if bits == 8 else 257))
    profile = b"\2\0\0" + gray(1.8)

    assert_near(colors_in(shown(jp2_with(picture, enumerated(17))), 1)[0], (128,) * 3)
    assert_near(colors_in(shown(jp2_with(picture, profile)), 1)[0], (146,) * 3)
    assert metadata_of(jp2_with(picture, profile)).icc_profile == "Gray"


def test_romm_rgb_is_converted() -> None:
    data = jp2_with(strip_of([(128, 128, 128), (120, 80, 60)], 32), enumerated(ROMM))

    assert_shows(data, [(146, 146, 146), (172, 86, 72)])
    assert metadata_of(data).color_space == "ROMM RGB (colr)"


def test_an_unknown_specification_is_skipped() -> None:
    picture = Image.new("RGB", (16, 16), (128, 128, 128))

    assert_shows(jp2_with(picture, enumerated(999)), [(128, 128, 128)])
    assert_shows(jp2_with(picture, enumerated(999), enumerated(ROMM)), [(146, 146, 146)])
