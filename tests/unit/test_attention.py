"""What draws the eye: detail, colors that stand out, and skin, each with its weight."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from tests.support.pictures import grain
from thumbnail.attention import OVERVIEW, _best_middle, _maps, _profile, focus_of

WALL = (120, 130, 140)
DETAIL, COLOR, SKIN = 0, 1, 2


def in_ycbcr(luma: int, blue: int, red: int) -> Image.Image:
    return Image.merge("YCbCr", [Image.new("L", (8, 8), level) for level in (luma, blue, red)])


def weights_and_levels(image: Image.Image) -> list[tuple[float, object]]:
    return [(weight, interest.getextrema()) for weight, interest in _maps(image)]


@pytest.mark.parametrize(
    ("ycbcr", "is_skin"),
    [
        ((120, 100, 150), True),
        ((50, 100, 150), True), ((49, 100, 150), False),
        ((255, 100, 150), True),
        ((120, 77, 150), True), ((120, 76, 150), False),
        ((120, 127, 150), True), ((120, 128, 150), False),
        ((120, 100, 133), True), ((120, 100, 132), False),
        ((120, 100, 173), True), ((120, 100, 174), False),
    ],
)  # fmt: skip
def test_the_region_of_skin(ycbcr: tuple[int, int, int], is_skin: bool) -> None:
    level = 255 if is_skin else 0

    assert weights_and_levels(in_ycbcr(*ycbcr)) == [
        (4.0, (0, 0)),
        (1.0, (0, 0)),
        (0.5, (level, level)),
    ]


def test_a_color_counts_as_far_as_it_differs_from_the_mean_in_both_directions() -> None:
    picture = in_ycbcr(120, 100, 100)
    picture.paste((200, 110, 130), (0, 0, 4, 8))  # the mean is 160, 105, 115

    _, (_, color), _ = _maps(picture)

    assert color.getextrema() == (20, 20)


def test_detail_is_what_a_blur_of_two_pixels_takes_away() -> None:
    luma = grain((64, 64)).convert("L")
    picture = Image.merge("YCbCr", [luma, Image.new("L", (64, 64)), Image.new("L", (64, 64))])

    (_, detail), _, _ = _maps(picture)

    line = Image.new("L", (64, 64), 100)
    line.paste(200, (32, 0, 33, 64))
    flat = Image.new("L", (64, 64), 128)
    (_, of_line), _, _ = _maps(Image.merge("YCbCr", (line, flat, flat)))
    assert max(detail.tobytes()) > 50
    assert of_line.getpixel((32, 32)) == pytest.approx(80, abs=2)
    assert of_line.getpixel((31, 32)) == pytest.approx(18, abs=2)
    assert of_line.getpixel((40, 32)) == 0


def test_the_maps_add_up_by_column_and_row() -> None:
    bright = Image.new("L", (4, 2))
    bright.putpixel((1, 0), 100)
    dark = Image.new("L", (4, 2), 10)

    assert _profile([(4.0, bright), (0.5, dark)], (4, 1)) == [5.0, 205.0, 5.0, 5.0]
    assert _profile([(4.0, bright), (0.5, dark)], (1, 2)) == [105.0, 5.0]


@pytest.mark.parametrize(
    ("profile", "part", "middle"),
    [
        ([0.0] * 10, 0.4, 0.5),  # nothing anywhere: the center
        ([0.0] * 11, 0.4, 5 / 11),  # of two windows beside the center the first
        ([1.0] * 10, 1.0, 0.5),
        ([5.0], 0.1, 0.5),
        # The inner half of a window counts fully; of windows that hold as much the one nearest to
        # the center wins.
        ([0, 0, 0, 0, 0, 0, 0, 9, 0, 0], 0.4, 0.7),
        ([0, 9, 0, 0, 0, 0, 0, 0, 0, 0], 0.4, 0.2),
        ([9, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0.4, 0.2),
        ([0, 0, 0, 0, 0, 0, 0, 0, 0, 9], 0.4, 0.8),
        # A small thing beside a large one: what lies at the border of the window counts less.
        ([0, 0, 3, 0, 0, 5, 0, 0, 0, 0], 0.4, 0.5),
        ([0, 6, 0, 0, 5, 0, 0, 0, 0, 0], 0.4, 0.2),
        ([4, 0, 0, 4, 0, 0, 0, 0, 0, 9], 0.2, 0.9),
        # Thousandths are noise.
        ([1, 1, 1, 1, 1, 1, 1, 1, 1.0002, 1], 0.1, 0.45),
        ([1, 1, 1, 1, 1, 1, 1, 1, 1.01, 1], 0.1, 0.85),
        # Eight columns: the outer quarters are worth 1/4 and 3/4.
        ([8, 0, 0, 0, 0, 0, 0, 1] + [0] * 8, 0.5, 0.25),
    ],
)
def test_the_middle_of_the_window_that_holds_most(
    profile: list[float], part: float, middle: float
) -> None:
    assert _best_middle(profile, part) == pytest.approx(middle)


def scene(*patches: tuple[tuple[int, int, int, int], tuple[int, int, int]]) -> Image.Image:
    picture = Image.new("RGB", (96, 64), WALL)
    for box, color in patches:
        ImageDraw.Draw(picture).rectangle(box, fill=color)
    return picture


LEFT, RIGHT = (6, 20, 25, 43), (70, 20, 89, 43)
FACE, LEAF, SKY = (224, 172, 105), (100, 150, 100), (60, 90, 200)


@pytest.mark.parametrize(
    ("left", "right", "middle"),
    [(FACE, LEAF, 1 / 6), (LEAF, FACE, 5 / 6), (LEAF, SKY, 5 / 6), (WALL, LEAF, 5 / 6)],
)
def test_the_focus_is_on_what_stands_out_most(
    left: tuple[int, int, int], right: tuple[int, int, int], middle: float
) -> None:
    across, down = focus_of(scene((LEFT, left), (RIGHT, right)), (1 / 3, 1.0))

    assert across == pytest.approx(middle, abs=0.02)
    assert down == 0.5


@pytest.mark.parametrize(
    ("part", "focus"),
    [
        (0.25, (0.8333, 0.4063)),
        (1 / 3, (0.8333, 0.4453)),
        (0.5, (0.75, 0.5)),
        (0.9, (0.5521, 0.5)),
        (1, (0.5, 0.5)),
    ],
)
def test_the_focus_keeps_the_part_inside_the_picture(
    part: float, focus: tuple[float, float]
) -> None:
    assert focus_of(scene((RIGHT, SKY)), (part, part)) == pytest.approx(focus, abs=1e-4)


def test_transparent_parts_are_looked_at_as_white() -> None:
    picture = scene((RIGHT, SKY)).convert("RGBA")
    hidden = picture.copy()
    hidden.paste((255, 0, 0, 0), (0, 0, 40, 64))
    white = picture.copy()
    white.paste((255, 255, 255, 255), (0, 0, 40, 64))

    assert focus_of(hidden, (0.3, 0.3)) == focus_of(white, (0.3, 0.3))


def test_an_overview_is_96_pixels_long() -> None:
    assert OVERVIEW == 96
