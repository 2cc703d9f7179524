"""Outputs of a few dozen pixels keep the colors of single lines."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.support.pictures import file_of, picture_of
from thumbnail.renditions import parse_specs, render

RED, BLUE = (255, 0, 0), (0, 0, 255)


def lines(size: tuple[int, int], width: int = 1) -> Image.Image:
    """Red lines on blue, a third of the columns."""
    picture = Image.new("RGB", size, BLUE)
    for left in range(0, size[0], 3 * width):
        picture.paste(RED, (left, 0, left + width, size[1]))
    return picture


def shown(data: bytes, spec: str) -> Image.Image:
    (rendition,) = render(data, parse_specs(f"tiny={spec}"))
    return picture_of(rendition.data).convert("RGB")


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.mark.parametrize("encoding", ["webp", "jpeg", "png", "avif"])
@pytest.mark.parametrize("size", [(16, 16), (48, 30), (64, 64)])
def test_lines_of_one_pixel_keep_their_colors(encoding: str, size: tuple[int, int]) -> None:
    picture = lines(size)
    made = shown(file_of(picture, "PNG"), f"{size[0]}x{size[1]}:inside:{encoding}")
    assert mean_difference(made, picture) <= 6


@pytest.mark.parametrize("encoding", ["webp", "jpeg"])
def test_larger_outputs_store_chroma_at_half_the_resolution(encoding: str) -> None:
    picture = lines((66, 64))
    made = shown(file_of(picture, "PNG"), f"66x64:inside:{encoding}")
    assert mean_difference(made, picture) > 40


@pytest.mark.parametrize("shrink", [2, 3, 6, 12])
def test_lines_of_a_photo_keep_their_colors_when_it_is_shrunk(shrink: int) -> None:
    picture = lines((48 * shrink, 48 * shrink), shrink)
    data = file_of(picture, "JPEG", quality=95, subsampling="4:4:4")
    made = shown(data, "48x48:inside:jpeg:90")
    expected = picture_of(data).convert("RGB").resize((48, 48), Image.Resampling.LANCZOS)
    assert mean_difference(made, expected) <= 8
