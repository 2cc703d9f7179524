"""How the parts of a picture are cut and arranged for moderation: nothing is lost or too small."""

from __future__ import annotations

from itertools import pairwise

import pytest

from moderate.sheets import CLEAR_SIDE, GAP, LONGEST, SIDE, Place, Size, plan, seen_size, tiles

SHAPES = [
    (1, 1), (80, 80), (300, 200), (1920, 1080), (1080, 1920), (1920, 768), (1920, 767),
    (1000, 640), (20, 640), (20, 641), (5000, 400), (400, 5000), (384, 9600), (1, 65_535),
    (65_535, 100), (1525, 65_535), (200, 1900),
]  # fmt: skip


@pytest.mark.parametrize("size", SHAPES)
def test_tiles_cover_a_picture_and_overlap(size: Size) -> None:
    width, height = size
    boxes = tiles(size)

    assert boxes[0][:2] == (0, 0)
    assert boxes[-1][2:] == (width, height)
    for before, after in pairwise(boxes):
        along = 0 if width >= height else 1
        assert (before[1 - along], before[3 - along]) == (0, min(size))
        shared = before[along + 2] - after[along]
        assert shared >= min(size) // 4
    for left, top, right, bottom in boxes:
        short, long = sorted((right - left, bottom - top))
        assert short == min(size)
        assert long <= short * LONGEST or long <= 640


def sides(place: Place) -> Size:
    left, top, right, bottom = place.box
    return right - left, bottom - top


@pytest.mark.parametrize("published", SHAPES)
@pytest.mark.parametrize("others", [None, *SHAPES[:8:3]])
@pytest.mark.parametrize("backgrounds", [1, 2])
def test_parts_neither_overlap_nor_leave_their_sheet(
    published: Size, others: Size | None, backgrounds: int
) -> None:
    shown = [(b[2] - b[0], b[3] - b[1]) for b in tiles(published)] * backgrounds
    rest = [others] * 4 if others else []

    places = plan(shown, rest)

    assert len(places) == len(shown) + len(rest)
    assert {place.sheet for place in places} <= {0, 1}
    for index, place in enumerate(places):
        left, top, right, bottom = place.box
        assert 0 <= left < right <= SIDE
        assert 0 <= top < bottom <= SIDE
        for other in places[index + 1 :]:
            apart = (
                right + GAP <= other.box[0]
                or other.box[2] + GAP <= left
                or bottom + GAP <= other.box[1]
                or other.box[3] + GAP <= top
            )
            assert apart or other.sheet != place.sheet


@pytest.mark.parametrize(
    ("published", "others", "sheets"),
    [
        ([(300, 200)], [(300, 200)] * 5, [0] * 6),
        ([(900, 900)], [(900, 900)] * 3, [0] * 4),
        ([(1280, 720)], [(1280, 720)] * 4, [0] + [1] * 4),
        ([(1920, 1080)], [(1920, 1080)], [0, 0]),
        ([(1920, 1080)], [(1920, 1080)] * 4, [0] + [1] * 4),
        ([(1900, 900)] * 2, [], [0, 0]),
        ([(900, 480)] * 9, [], [0] * 6 + [1] * 3),
    ],
)
def test_a_second_sheet_is_used_only_for_parts_that_would_be_small(
    published: list[Size], others: list[Size], sheets: list[int]
) -> None:
    assert [place.sheet for place in plan(published, others)] == sheets


@pytest.mark.parametrize(
    ("size", "views", "least"),
    [
        ((4000, 3000), 1, 1440),
        ((4000, 3000), 2, 900),
        ((12_000, 5_000), 1, 700),
        ((1920, 50_000), 1, 450),
        ((1525, 65_535), 1, 300),
        ((400, 65_535), 1, 175),
        ((80, 65_535), 1, 75),
        ((1525, 65_535), 2, 225),
        ((80, 65_535), 2, 55),
        ((20, 65_535), 2, 20),
    ],
)
def test_what_each_part_keeps_of_its_shorter_side(size: Size, views: int, least: int) -> None:
    """The figures of docs/limits.md: `views` is 2 for a picture with transparency."""
    whole = seen_size(*size)
    parts = [(b[2] - b[0], b[3] - b[1]) for b in tiles(whole)] * views

    assert min(min(sides(place)) for place in plan(parts, [])) >= least


@pytest.mark.parametrize("count", [2, 5, 12])
def test_other_frames_take_no_space_from_the_published_one(count: int) -> None:
    size = (1600, 1200)

    first, *rest = plan([size], [size] * count)

    if rest[0].sheet:
        assert sides(first) == size
    else:
        assert min(sides(first)) >= CLEAR_SIDE
