"""Frames of GIF, APNG and WebP, composed as browsers compose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metadata.extract import extract
from pictures.decode import decode, frame_count, open_picture, reading
from pictures.layouts import eight_bit
from tests.support.animations import (
    BLUE,
    CANVAS,
    CLEAR,
    FAINT_BLUE,
    GREEN,
    KEEP,
    OPEN,
    RED,
    RESTORE,
    Frame,
    apng,
    gif,
    webp,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

    from tests.support.animations import Color

LEFT, RIGHT, MIDDLE = (0, 0, 12, 16), (12, 0, 24, 16), (6, 4, 18, 12)
CORNER, CENTER, EAST = (1, 1), (11, 8), (22, 8)
WRITERS: dict[str, Callable[..., bytes]] = {"GIF": gif, "PNG": apng, "WEBP": webp}


def shown(data: bytes) -> list[dict[tuple[int, int], Color]]:
    """The colors of three places in every frame."""
    picture = open_picture(data)
    frames = []
    for number in range(frame_count(picture)):
        with reading():
            picture.seek(number)
        decode(picture)
        image = eight_bit(picture).convert("RGBA")
        assert image.size == CANVAS
        frames.append({place: _color(image, place) for place in (CORNER, CENTER, EAST)})
    return frames


def _color(image: Image.Image, place: tuple[int, int]) -> Color:
    color = image.getpixel(place)
    assert isinstance(color, tuple)
    red, green, blue, alpha = color
    return (red, green, blue, alpha) if alpha else OPEN


@pytest.mark.parametrize("name", ["GIF", "WEBP"])
def test_the_canvas_outside_the_first_frame_is_transparent(name: str) -> None:
    write = WRITERS[name]
    data = write(Frame(BLUE, MIDDLE), Frame(GREEN, RIGHT))

    assert extract(data, store_gps=False).has_alpha is True
    assert shown(data) == [
        {CORNER: OPEN, CENTER: BLUE, EAST: OPEN},
        {CORNER: OPEN, CENTER: BLUE, EAST: GREEN},
    ]


@pytest.mark.parametrize("name", ["GIF", "WEBP"])
def test_a_single_frame_may_leave_the_canvas_open(name: str) -> None:
    data = WRITERS[name](Frame(BLUE, MIDDLE))

    assert extract(data, store_gps=False).has_alpha is True
    assert shown(data) == [{CORNER: OPEN, CENTER: BLUE, EAST: OPEN}]


@pytest.mark.parametrize("name", WRITERS)
def test_a_frame_is_cleared_to_transparent(name: str) -> None:
    data = WRITERS[name](Frame(RED, disposal=CLEAR), Frame(BLUE, MIDDLE))
    assert shown(data)[1] == {CORNER: OPEN, CENTER: BLUE, EAST: OPEN}


@pytest.mark.parametrize("name", WRITERS)
def test_a_frame_is_kept(name: str) -> None:
    data = WRITERS[name](Frame(RED, disposal=KEEP), Frame(BLUE, MIDDLE))

    assert extract(data, store_gps=False).has_alpha is (name == "PNG")
    assert shown(data)[1] == {CORNER: RED, CENTER: BLUE, EAST: RED}


@pytest.mark.parametrize("write", [gif, apng])
def test_a_frame_is_replaced_by_what_was_there_before(write: Callable[..., bytes]) -> None:
    data = write(Frame(RED), Frame(GREEN, RIGHT, RESTORE), Frame(BLUE, MIDDLE))
    assert [frame[EAST] for frame in shown(data)] == [RED, GREEN, RED]
    assert shown(data)[2][CENTER] == BLUE


def test_before_the_first_frame_the_canvas_was_transparent() -> None:
    data = gif(Frame(RED, disposal=RESTORE), Frame(BLUE, MIDDLE))
    assert shown(data)[1] == {CORNER: OPEN, CENTER: BLUE, EAST: OPEN}


def test_a_frame_is_cut_off_at_the_canvas() -> None:
    data = gif(Frame(RED), Frame(BLUE, (12, 0, 40, 30)))
    assert shown(data)[1] == {CORNER: RED, CENTER: RED, EAST: BLUE}


@pytest.mark.parametrize("mode", ["RGB", "L", "LA", "RGBA"])
def test_frames_of_an_apng_are_cleared_to_transparent_in_every_layout(mode: str) -> None:
    data = apng(Frame(RED, disposal=CLEAR), Frame(BLUE, MIDDLE), mode=mode)
    assert [frame[CORNER][3] for frame in shown(data)] == [255, 0]


def test_a_still_that_is_not_a_frame_is_not_below_the_frames() -> None:
    data = apng(Frame(BLUE, MIDDLE), Frame(GREEN, RIGHT), still=RED)
    assert shown(data) == [
        {CORNER: OPEN, CENTER: BLUE, EAST: OPEN},
        {CORNER: OPEN, CENTER: BLUE, EAST: GREEN},
    ]


def test_translucent_frames_are_mixed() -> None:
    over = shown(apng(Frame(OPEN), Frame(FAINT_BLUE, LEFT), Frame(FAINT_BLUE, LEFT)))
    replaced = shown(apng(Frame(RED), Frame(FAINT_BLUE, LEFT, replaces=True)))

    assert [frame[CORNER] for frame in over] == [OPEN, FAINT_BLUE, (0, 0, 255, 192)]
    assert [frame[CORNER] for frame in replaced] == [RED, FAINT_BLUE]


def test_frames_can_be_shown_in_any_order() -> None:
    picture = open_picture(gif(Frame(RED, MIDDLE), Frame(GREEN, MIDDLE), Frame(BLUE, MIDDLE)))
    colors = []
    for number in (2, 0, 1, 1, 2):
        picture.seek(number)
        picture.load()
        colors.append(_color(picture, CENTER))

    assert colors == [BLUE, RED, GREEN, GREEN, BLUE]
    with pytest.raises(EOFError):
        picture.seek(3)
