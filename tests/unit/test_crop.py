"""Crop arithmetic: the exact box and size of every cut."""

from __future__ import annotations

import pytest

from pictures.cut import Cut
from thumbnail.crop import cut_for, moved
from thumbnail.specs import Fit

CROPPING, WHOLE = (Fit.COVER, Fit.ATTENTION), (Fit.INSIDE, Fit.CONTAIN)


@pytest.mark.parametrize("fit", CROPPING)
@pytest.mark.parametrize(
    ("box", "picture", "expected"),
    [
        # Larger than the box: the largest part of its aspect ratio, around the center.
        ((100, 100), (300, 200), Cut((50, 0, 250, 200), (100, 100))),
        ((100, 100), (200, 300), Cut((0, 50, 200, 250), (100, 100))),
        ((200, 100), (301, 303), Cut((0, 76.25, 301, 226.75), (200, 100))),
        # As large as the box, or smaller: whole pixels, rounded to the upper left.
        ((100, 100), (100, 100), Cut((0, 0, 100, 100), (100, 100))),
        ((100, 100), (101, 100), Cut((0, 0, 100, 100), (100, 100))),
        ((100, 100), (103, 100), Cut((1, 0, 101, 100), (100, 100))),
        ((100, 50), (40, 31), Cut((0, 5, 40, 25), (40, 20))),
        ((50, 100), (31, 40), Cut((5, 0, 25, 40), (20, 40))),
        # Of a picture that is small, one side may round up, but never past the picture's edge.
        ((3, 2), (2, 2), Cut((0, 0, 2, 1), (2, 1))),
        ((300, 1), (200, 1), Cut((0, 0, 200, 1), (200, 1))),
        ((1000, 1), (10, 10), Cut((0, 4, 10, 5), (10, 1))),
    ],
)
def test_covering_takes_the_largest_part(
    fit: Fit, box: tuple[int, int], picture: tuple[int, int], expected: Cut
) -> None:
    assert cut_for(fit, box, picture) == expected


@pytest.mark.parametrize("fit", WHOLE)
@pytest.mark.parametrize(
    ("box", "picture", "size"),
    [
        ((100, 100), (300, 200), (100, 67)),
        ((100, 100), (200, 300), (67, 100)),
        ((100, 100), (400, 250), (100, 63)),  # 62.5 is rounded up
        ((100, 100), (100, 100), (100, 100)),
        ((100, 100), (60, 40), (60, 40)),  # never enlarged
        ((100, 100), (10_000, 3), (100, 1)),  # never empty
        ((100, 100), (3, 10_000), (1, 100)),
    ],
)
def test_a_whole_picture_is_scaled_into_the_box(
    fit: Fit, box: tuple[int, int], picture: tuple[int, int], size: tuple[int, int]
) -> None:
    assert cut_for(fit, box, picture) == Cut((0, 0, *picture), size)


@pytest.mark.parametrize(
    ("focus", "left", "top"),
    [
        ((0.5, 0.5), 50, 0),
        ((0.4, 0.9), 20, 0),  # it fills the height, so it moves sideways only
        ((0.0, 0.0), 0, 0),
        ((1.0, 1.0), 100, 0),
        ((0.34, 0.5), 2, 0),
    ],
)
def test_a_cut_moves_its_middle_to_the_focus_within_the_picture(
    focus: tuple[float, float], left: float, top: float
) -> None:
    found = moved(Cut((50, 0, 250, 200), (100, 100)), (300, 200), focus)

    assert found.size == (100, 100)
    assert found.box == pytest.approx((left, top, left + 200, top + 200))


def test_a_cut_moves_up_and_down() -> None:
    cut = Cut((0, 50, 200, 250), (100, 100))

    assert moved(cut, (200, 300), (0.5, 0.4)).box == pytest.approx((0, 20, 200, 220))
    assert moved(cut, (200, 300), (0.5, 1.0)).box == pytest.approx((0, 100, 200, 300))


def test_only_a_cut_that_is_taken_pixel_by_pixel_starts_at_a_whole_pixel() -> None:
    as_it_is = moved(Cut((1, 0, 101, 100), (100, 100)), (140, 100), (0.504, 0.5))
    resampled = moved(Cut((1, 0, 101, 100), (50, 50)), (140, 100), (0.504, 0.5))

    assert as_it_is.box == (21, 0, 121, 100)
    assert resampled.box == pytest.approx((20.56, 0, 120.56, 100))


def test_how_much_a_cut_shrinks_is_told_by_the_side_that_shrinks_less() -> None:
    assert Cut((50, 10, 250, 110), (100, 25)).shrink == 2
    assert Cut((50, 10, 250, 110), (25, 50)).shrink == 2


def test_the_part_of_a_picture_that_a_cut_keeps() -> None:
    assert Cut((50, 10, 250, 110), (10, 10)).part((400, 125)) == (0.5, 0.8)
