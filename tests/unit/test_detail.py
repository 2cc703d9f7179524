"""The measure of fine detail, on patterns whose answer is known."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from PIL import Image

from pictures.detail import smoothness

GRAY, AMPLITUDE = 128, 10
# Stripes one pixel wide answer the fourth difference with 16/8 times their amplitude.
STRIPES = 20 * math.log10(255 / (2 * AMPLITUDE))


def plain(width: int, height: int) -> Image.Image:
    return Image.new("L", (width, height), GRAY)


def stripes(width: int, height: int, *, across: bool = False) -> Image.Image:
    line = bytes(
        GRAY + (AMPLITUDE if place % 2 else -AMPLITUDE) for place in range(max(width, height))
    )
    if across:
        return Image.frombytes(
            "L", (width, height), b"".join(bytes([v]) * width for v in line[:height])
        )
    return Image.frombytes("L", (width, height), line[:width] * height)


def whole(picture: Image.Image) -> tuple[float, float, float, float]:
    return (0.0, 0.0, float(picture.width), float(picture.height))


@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("size", [(100, 400), (40, 12), (40, 14), (6, 100), (5, 12)])
def test_stripes_are_measured_exactly(size: tuple[int, int], across: bool) -> None:
    picture = stripes(*size, across=across)

    if size[0] == 5 and not across:  # one column is left without the edges: no difference in it
        assert smoothness(picture, whole(picture)) == 99
    else:
        assert smoothness(picture, whole(picture)) == pytest.approx(STRIPES, abs=0.3)


@pytest.mark.parametrize("size", [(4, 100), (100, 4), (1, 1)])
def test_a_picture_too_narrow_to_tell_is_smooth(size: tuple[int, int]) -> None:
    for across in (False, True):
        picture = stripes(*size, across=across)

        assert smoothness(picture, whole(picture)) == 99


def test_gentle_changes_are_no_detail() -> None:
    ramp = Image.linear_gradient("L")

    assert smoothness(ramp, whole(ramp)) == 99


def test_eight_bands_of_twelve_rows_are_looked_at() -> None:
    """Of 400 rows, those from 0, 55, 111, 166, 222, 277, 333 and 388 on."""
    starts = [0, 55, 111, 166, 222, 277, 333, 388]
    between, everywhere = plain(40, 400), plain(40, 400)
    for start, following in pairwise(starts):
        gap = following - start - 12
        between.paste(stripes(40, gap), (0, start + 12))
    for start in starts:
        everywhere.paste(stripes(40, 12), (0, start))

    assert smoothness(between, whole(between)) == 99
    assert smoothness(everywhere, whole(everywhere)) == pytest.approx(STRIPES, abs=0.1)


@pytest.mark.parametrize("start", [0, 55, 388])
def test_the_bands_count_alike(start: int) -> None:
    picture = plain(40, 400)
    picture.paste(stripes(40, 12), (0, start))

    assert smoothness(picture, whole(picture)) == pytest.approx(
        STRIPES + 10 * math.log10(8), abs=0.1
    )


def test_only_the_box_is_looked_at() -> None:
    picture = plain(100, 200)
    picture.paste(stripes(40, 80), (50, 60))

    assert smoothness(picture, (50, 60, 90, 140)) == pytest.approx(STRIPES, abs=0.1)
    assert smoothness(picture, (50.4, 59.6, 89.6, 140.4)) == pytest.approx(STRIPES, abs=0.1)
    for elsewhere in ((0, 0, 48, 200), (92, 0, 100, 200), (0, 0, 100, 58), (0, 142, 100, 200)):
        assert smoothness(picture, elsewhere) == 99


def test_only_the_channel_is_looked_at() -> None:
    flat = plain(40, 100)
    picture = Image.merge("YCbCr", (flat, flat, stripes(40, 100)))

    assert [smoothness(picture, whole(picture), channel) for channel in (0, 1, 2)] == [
        99,
        99,
        pytest.approx(STRIPES, abs=0.1),
    ]
    assert smoothness(picture, whole(picture)) == 99
