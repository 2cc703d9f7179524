"""Pictures of fine stripes are shown without stripes that they do not have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageChops

from pictures.colorimetry.stated import UNSTATED
from pictures.cut import Cut
from pictures.still import Still
from tests.support.pictures import photo
from thumbnail.halving import halved_by_lanczos
from thumbnail.pyramid import pyramid_of

SMALL, LARGE = (160, 120), (640, 400)
LANCZOS = Image.Resampling.LANCZOS


def levels(wave: np.ndarray) -> Image.Image:
    return Image.fromarray(np.round(127.5 + 127.5 * np.cos(wave)).astype(np.uint8))


def coordinates(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    return columns, rows


def stripes(size: tuple[int, int], period: float, direction: str, phase: float) -> Image.Image:
    x, y = coordinates(size)
    along = {"vertical": x, "horizontal": y, "diagonal": (x + y) / math.sqrt(2)}[direction]
    return levels(2 * math.pi * (along / period + phase))


def zone_plate(size: tuple[int, int]) -> Image.Image:
    """Rings that become finer outwards, to two pixels at the nearest edge."""
    x, y = coordinates(size)
    square = (x - size[0] / 2) ** 2 + (y - size[1] / 2) ** 2
    return levels(math.pi / min(size) * square)


def colored(gray: Image.Image) -> Image.Image:
    """Stripes of two colors of about the same lightness."""
    return Image.merge("RGB", (gray, ImageChops.invert(gray), Image.new("L", gray.size, 128)))


def largest_difference(picture: Image.Image, size: tuple[int, int]) -> int:
    """The most levels by which an output differs from Lanczos in one step, except at its edges."""
    cut = Cut((0.0, 0.0, *picture.size), size)
    ours = pyramid_of(Still(picture, 1, UNSTATED), cut.shrink).resampled(cut)
    difference = ImageChops.difference(ours, picture.resize(size, LANCZOS))
    return max(difference.crop((2, 2, size[0] - 2, size[1] - 2)).tobytes())


def times(size: tuple[int, int], shrink: float) -> tuple[int, int]:
    return round(size[0] * shrink), round(size[1] * shrink)


@pytest.mark.parametrize("direction", ["vertical", "horizontal", "diagonal"])
@pytest.mark.parametrize("period", [2.2, 2.6, 3.3, 5.0])
@pytest.mark.parametrize(("size", "shrink"), [(LARGE, 3.6), (SMALL, 6.0), (SMALL, 12.5)])
def test_stripes_are_within_six_levels_of_lanczos(
    size: tuple[int, int], shrink: float, period: float, direction: str
) -> None:
    for phase in (0.0, 0.3):
        picture = stripes(times(size, shrink), period, direction, phase)
        assert largest_difference(picture, size) <= 6


@pytest.mark.parametrize(("size", "shrink"), [(LARGE, 3.5), (LARGE, 5.0), (SMALL, 7.0)])
def test_zone_plates_are_within_six_levels_of_lanczos(size: tuple[int, int], shrink: float) -> None:
    plate = zone_plate(times(size, shrink))
    assert largest_difference(plate, size) <= 6
    assert largest_difference(colored(plate), size) <= 6


def test_photos_are_halved_by_averages() -> None:
    picture = photo((640, 480))
    levels = pyramid_of(Still(picture, 1, UNSTATED), 7).levels
    assert levels[1].image.tobytes() == picture.reduce(2).tobytes()


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_with_odd_sides_stays_in_its_place(mode: str) -> None:
    picture = stripes((301, 203), 2.4, "vertical", 0.0)
    picture.paste(0, (150, 0, 301, 203))
    half = halved_by_lanczos(picture.convert(mode))
    gray = half.getchannel(0)
    assert half.size == (151, 102)
    assert gray.tobytes() != picture.reduce(2).tobytes()
    assert gray.getpixel((40, 50)) == pytest.approx(127, abs=6)
    assert gray.crop((80, 0, 151, 102)).getextrema() == (0, 0)


def test_zone_plates_in_a_photo_decoded_at_half_its_size_too() -> None:
    size, luma = LARGE, zone_plate(times(LARGE, 3.8))
    halves = [luma.reduce(2), *(Image.new("L", luma.reduce(2).size, 128) for _ in range(2))]
    still = Still(Image.merge("YCbCr", halves), 1, UNSTATED, scale=2, luma=luma)
    cut = Cut((0.0, 0.0, *luma.size), size)
    ours = pyramid_of(still, cut.shrink).resampled(cut).getchannel("G")
    difference = ImageChops.difference(ours, luma.resize(size, LANCZOS))
    assert max(difference.crop((2, 2, size[0] - 2, size[1] - 2)).tobytes()) <= 6
