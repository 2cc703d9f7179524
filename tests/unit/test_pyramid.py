"""Which level of the pyramid, and which kernel, each part of a rendition is made with."""

from __future__ import annotations

from functools import cache

import pytest
from PIL import Image

from pictures.colorimetry.stated import UNSTATED
from pictures.cut import Cut
from pictures.still import Still
from tests.support.pictures import grain
from thumbnail.pyramid import Pyramid, pyramid_of

BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC
LANCZOS = Image.Resampling.LANCZOS
SMALL, MIDDLE, LARGE = (40, 30), (80, 60), (500, 500)
JUST_SMALL = (499, 501)  # one pixel less than LARGE


def cut_of(size: tuple[int, int], shrink: float) -> Cut:
    return Cut((0.0, 0.0, size[0] * shrink, size[1] * shrink), size)


@cache
def noise(side: int) -> Image.Image:
    return grain((side, side)).convert("L")


# ------------------------------------------------------------------------------------- the levels
@pytest.mark.parametrize(
    ("deepest", "shrinks"),
    [(1, [1]), (3.49, [1]), (3.5, [1, 2]), (6.99, [1, 2]), (7, [1, 2, 4]), (28, [1, 2, 4, 8, 16])],
)
def test_a_picture_is_halved_while_an_output_can_use_it(deepest: float, shrinks: list[int]) -> None:
    levels = pyramid_of(Still(noise(64), 1, UNSTATED), deepest).levels

    assert [level.shrink for level in levels] == shrinks
    assert [level.image.width for level in levels] == [64 // shrink for shrink in shrinks]


def test_luma_in_full_size_comes_before_the_picture_of_half_size() -> None:
    still = Still(noise(32).convert("YCbCr"), 1, UNSTATED, scale=2, luma=noise(64))

    levels = pyramid_of(still, 14).levels

    assert [(level.shrink, level.image.mode) for level in levels] == [
        (1, "L"),
        (2, "YCbCr"),
        (4, "YCbCr"),
        (8, "YCbCr"),
    ]


@pytest.mark.parametrize(
    ("mode", "stored", "made"),
    [
        ("L", "L", "L"),
        ("RGB", "RGB", "RGB"),
        ("CMYK", "CMYK", "CMYK"),
        ("LA", "La", "LA"),
        ("RGBA", "RGBa", "RGBA"),
        ("YCbCr", "YCbCr", "RGB"),
    ],
)
def test_alpha_is_multiplied_in_until_the_rendition_is_cut(
    mode: str, stored: str, made: str
) -> None:
    pyramid = pyramid_of(Still(noise(64).convert("RGB").convert(mode), 1, UNSTATED), 1)

    assert pyramid.levels[0].image.mode == stored
    assert pyramid.mode == made
    assert pyramid.resampled(cut_of(SMALL, 1.5)).mode == made
    assert pyramid.overview(16).mode == made


@pytest.mark.parametrize(
    ("size", "shrink", "level"),
    [
        (SMALL, 1, 0),
        (SMALL, 5.79, 0),
        (SMALL, 5.8, 1),
        (SMALL, 11.59, 1),
        (SMALL, 11.6, 2),
        (JUST_SMALL, 3.5, 0),
        (LARGE, 3.49, 0),
        (LARGE, 3.5, 1),
    ],
)
def test_the_smallest_level_with_pixels_enough_is_resampled(
    size: tuple[int, int], shrink: float, level: int
) -> None:
    side = round(max(size) * shrink) + 16
    pyramid, cut = pyramid_of(Still(noise(side), 1, UNSTATED), 28), cut_of(size, shrink)

    made = pyramid.resampled(cut)

    assert made == pyramid.levels[level].resampled(cut)
    assert all(
        made != other.resampled(cut)
        for other in pyramid.levels
        if other is not pyramid.levels[level]
    )


# ------------------------------------------------------------------------------- luma and chroma
def of_planes(size: tuple[int, int], shrink: float, *, has_luma: bool, soft: bool) -> Pyramid:
    """A photo decoded at half its size, with or without its luma in full size."""
    side = (round(max(size) * shrink) + 31) // 16 * 16
    half = noise(side // 2)
    chroma = [Image.new("L", half.size, 100), Image.new("L", half.size, 150)]
    if not soft:
        chroma = [half.rotate(90), half.rotate(180)]
    image = Image.merge("YCbCr", (half, *chroma))
    return pyramid_of(Still(image, 1, UNSTATED, 2, noise(side) if has_luma else None), 28)


@pytest.mark.parametrize(
    ("size", "shrink", "has_luma", "luma", "chroma", "kernel"),
    [
        # Tiny outputs: chroma is treated like luma.
        (SMALL, 3.4, True, 1, 2, LANCZOS),
        (SMALL, 6.0, True, 2, 2, LANCZOS),
        (SMALL, 12.0, True, 4, 4, LANCZOS),
        # Small outputs: chroma of 1.5 times their pixels.
        (MIDDLE, 2.0, True, 1, 2, BILINEAR),
        (MIDDLE, 3.4, True, 1, 2, BILINEAR),
        (MIDDLE, 3.5, True, 1, 2, LANCZOS),
        (MIDDLE, 5.7, True, 1, 2, LANCZOS),
        (MIDDLE, 6.0, True, 2, 4, LANCZOS),
        (MIDDLE, 12.0, True, 4, 8, LANCZOS),
        # Decoded at half the size: averaged chroma shows earlier.
        (MIDDLE, 2.5, False, 2, 2, BILINEAR),
        (MIDDLE, 2.6, False, 2, 2, LANCZOS),
        (MIDDLE, 3.4, False, 2, 2, LANCZOS),
        # Large outputs: 1.25 times their pixels.
        (LARGE, 2.5, True, 1, 2, BILINEAR),
        (LARGE, 3.9, True, 2, 2, BILINEAR),
        (LARGE, 4.0, True, 2, 2, LANCZOS),
        (LARGE, 4.9, True, 2, 2, LANCZOS),
        (LARGE, 5.0, True, 2, 4, BICUBIC),
        (LARGE, 2.5, False, 2, 2, BILINEAR),
        (LARGE, 2.6, False, 2, 2, LANCZOS),
        (JUST_SMALL, 3.9, True, 1, 2, LANCZOS),
    ],
)
def test_luma_and_chroma_come_from_the_levels_that_are_good_enough(
    size: tuple[int, int],
    shrink: float,
    has_luma: bool,
    luma: int,
    chroma: int,
    kernel: Image.Resampling,
) -> None:
    pyramid = of_planes(size, shrink, has_luma=has_luma, soft=False)

    assert_made_of(pyramid, cut_of(size, shrink), luma, chroma, kernel)


@pytest.mark.parametrize(
    ("size", "shrink", "chroma", "kernel"),
    [
        (LARGE, 4.0, 4, BICUBIC),
        (LARGE, 3.9, 2, BILINEAR),
        (MIDDLE, 4.0, 2, LANCZOS),
    ],
)
def test_a_large_output_needs_no_more_soft_chroma_than_it_has_pixels(
    size: tuple[int, int], shrink: float, chroma: int, kernel: Image.Resampling
) -> None:
    pyramid = of_planes(size, shrink, has_luma=False, soft=True)

    assert_made_of(pyramid, cut_of(size, shrink), 2, chroma, kernel)


def assert_made_of(
    pyramid: Pyramid, cut: Cut, luma: int, chroma: int, kernel: Image.Resampling
) -> None:
    levels = {level.shrink: level for level in pyramid.levels}
    planes = [levels[luma].channel_resampled(0, cut, LANCZOS)]
    planes += [levels[chroma].channel_resampled(index, cut, kernel) for index in (1, 2)]

    assert pyramid.resampled(cut) == Image.merge("YCbCr", planes).convert("RGB")


# --------------------------------------------------------------------------------- other outputs
def test_a_part_taken_as_it_is_is_cut_out_without_resampling() -> None:
    for mode in ("L", "RGB"):
        image = noise(64).convert(mode)
        pyramid = pyramid_of(Still(image, 1, UNSTATED), 1)

        assert pyramid.resampled(Cut((3, 5, 43, 35), SMALL)) == image.crop((3, 5, 43, 35))
        shifted = pyramid.resampled(Cut((3.5, 5, 43.5, 35), SMALL))
        assert shifted == image.resize(SMALL, LANCZOS, (3.5, 5, 43.5, 35))


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [((640, 480), 96, (96, 72)), ((300, 640), 96, (45, 96)), ((50, 40), 96, (50, 40)),
     ((640, 1), 96, (96, 1))],
)  # fmt: skip
def test_an_overview_has_a_longer_side_of_so_many_pixels(
    size: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    pyramid = pyramid_of(Still(Image.new("RGB", size, (9, 99, 199)), 1, UNSTATED), 1)

    overview = pyramid.overview(side)

    assert overview.size == expected
    assert overview.getextrema() == ((9, 9), (99, 99), (199, 199))
