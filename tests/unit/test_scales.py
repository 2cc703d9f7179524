"""A profile that shows other things in smaller renditions is judged in their sizes, too."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from moderate.samples import samples
from pictures import limits
from tests.support.pictures import file_of, photo
from tests.support.profiles import (
    adobe_rgb,
    display_p3,
    gray_curve,
    of_srgb_curve,
    srgb_primaries,
)

# Black and white are white, and what lies between them is black.
FOLDED = [65535 if level < 60 or level > 195 else 0 for level in range(256)]
SIDE = 1600


def checkered(background: int, mode: str) -> Image.Image:
    """A square of black and white pixels in turn, whose average is gray, on a background."""
    levels = np.full((SIDE, SIDE), background, np.uint8)
    columns, rows = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    inside = slice(SIDE // 4, SIDE * 3 // 4)
    levels[inside, inside] = ((columns + rows) % 2 * 255)[inside, inside]
    return Image.fromarray(levels).convert(mode)


def sheets_of(picture: Image.Image, format_name: str, profile: bytes) -> list[Image.Image]:
    data = file_of(picture, format_name, icc_profile=profile)
    made = samples(data, format_name, max_pixels=limits.PIXELS)
    return [Image.open(io.BytesIO(sheet)).convert("L") for sheet in made]


def has_dark_square(sheets: list[Image.Image]) -> bool:
    small = [sheet.reduce(8) for sheet in sheets]
    return any(sum(sheet.histogram()[:40]) >= 50 for sheet in small)


@pytest.mark.parametrize(("mode", "format_name"), [("RGB", "PNG"), ("RGBA", "PNG"), ("L", "TIFF")])
def test_what_a_folded_curve_shows_only_when_small_is_judged(mode: str, format_name: str) -> None:
    profile = gray_curve(FOLDED) if mode == "L" else of_srgb_curve(FOLDED)

    sheets = sheets_of(checkered(255, mode), format_name, profile)

    assert 1 <= len(sheets) <= 2
    assert has_dark_square(sheets)


def test_what_a_folded_curve_shows_only_when_large_is_judged() -> None:
    picture = checkered(127, "RGB").resize((SIDE * 2, SIDE * 2), Image.Resampling.NEAREST)

    sheets = sheets_of(picture, "PNG", of_srgb_curve(FOLDED))

    # On gray, which is black, the square is white unless it is averaged.
    assert any(sum(sheet.reduce(8).histogram()[200:240]) == 0 for sheet in sheets)
    assert any(sheet.reduce(8).histogram()[255] >= 50 for sheet in sheets)


def test_a_square_that_linear_light_shows_only_when_small_is_judged() -> None:
    same_when_large = 55  # of 255 as light is 128 of 255 in sRGB, the average of black and white

    sheets = sheets_of(checkered(same_when_large, "RGB"), "PNG", srgb_primaries(1.0, "linear"))

    assert len(sheets) == 2
    assert any(sum(sheet.reduce(8).histogram()[180:196]) >= 50 for sheet in sheets)


@pytest.mark.parametrize("profile", [display_p3(), adobe_rgb(), srgb_primaries(1.8, "1.8")])
def test_a_photo_in_a_wide_space_is_judged_once(profile: bytes) -> None:
    (sheet,) = sheets_of(photo((900, 600)), "JPEG", profile)

    assert sheet.size == (900, 600)


@pytest.mark.parametrize(("mode", "format_name"), [("RGBA", "PNG"), ("LA", "TIFF"), ("L", "PNG")])
def test_a_large_picture_of_each_layout_with_a_curve_is_judged(mode: str, format_name: str) -> None:
    profile = srgb_primaries(1.0, "linear") if mode == "RGBA" else gray_curve([0, 65535])
    picture = photo((2500, 1900)).convert(mode)
    if mode != "L":
        picture.putalpha(128)

    assert 1 <= len(sheets_of(picture, format_name, profile)) <= 2
