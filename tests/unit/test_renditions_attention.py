from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.support.pictures import file_of, grain, orientation_exif, photo, picture_of, stored_as
from thumbnail.renditions import parse_specs, render

SQUARE = parse_specs("it=100x100:attention:png")
WALL, SKIN, BLOUSE = (120, 130, 140), (224, 172, 105), (150, 60, 60)


def kept(picture: Image.Image, **options: Any) -> Image.Image:
    (rendition,) = render(file_of(picture, "PNG", **options), SQUARE)
    return picture_of(rendition.data)


def wall(size: tuple[int, int] = (600, 200)) -> Image.Image:
    return Image.new("RGB", size, WALL)


def middle_of(picture: Image.Image, background: tuple[int, int, int] = WALL) -> float:
    """Position of the pixels that are not background, from left (0) to right (1)."""
    bands = picture.convert("RGB").split()
    other = Image.new("L", picture.size)
    for band, level in zip(bands, background, strict=True):
        other.paste(255, mask=band.point([255 * (abs(v - level) > 25) for v in range(256)]))
    box = other.getbbox()
    assert box is not None
    return (box[0] + box[2]) / 2 / picture.width


@pytest.mark.parametrize("left", [60, 250, 420])
def test_detail_is_centered(left: int) -> None:
    picture = wall()
    picture.paste(grain((100, 100)).convert("RGB"), (left, 50))

    assert 0.4 < middle_of(kept(picture)) < 0.6


@pytest.mark.parametrize("top", [40, 420])
def test_detail_is_centered_vertically_too(top: int) -> None:
    picture = wall((200, 600))
    picture.paste(grain((100, 100)).convert("RGB"), (50, top))

    square = kept(picture).transpose(Image.Transpose.ROTATE_90)

    assert 0.4 < middle_of(square) < 0.6


@pytest.mark.parametrize("left", [30, 440])
def test_the_only_color_in_a_dull_picture_is_kept(left: int) -> None:
    picture = wall()
    picture.paste((200, 40, 40), (left, 60, left + 120, 140))

    assert 0.3 < middle_of(kept(picture)) < 0.7


def test_a_portrait_is_kept_rather_than_a_fence() -> None:
    picture = wall()
    draw = ImageDraw.Draw(picture)
    for x in range(20, 200, 30):
        draw.line((x, 0, x, 200), (100, 110, 120), 6)
    draw.ellipse((450, 30, 530, 130), SKIN)
    draw.ellipse((470, 65, 482, 77), (40, 30, 30))
    draw.ellipse((498, 65, 510, 77), (40, 30, 30))
    draw.rectangle((430, 130, 550, 200), BLOUSE)

    assert 0.35 < middle_of(kept(picture)) < 0.65


def test_a_detail_at_the_edge_is_kept_whole() -> None:
    picture = wall()
    picture.paste(grain((80, 80)).convert("RGB"), (0, 60))

    square = kept(picture)

    assert middle_of(square) < 0.3
    assert square.getpixel((99, 50)) == WALL


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (30, 90, 200)])
def test_a_uniform_picture_keeps_its_middle(color: tuple[int, int, int]) -> None:
    cover = parse_specs("it=100x100:cover:png")
    source = Image.linear_gradient("L").resize((601, 200)).point(lambda level: level * 0.02)
    picture = Image.merge("RGB", [source.point(lambda v, c=c: min(c + v, 255)) for c in color])

    (centred,) = render(file_of(picture, "PNG"), cover)

    assert kept(picture).tobytes() == picture_of(centred.data).tobytes()


@pytest.mark.parametrize("value", range(1, 9))
def test_the_same_part_is_kept_for_every_orientation(value: int) -> None:
    shown = wall()
    shown.paste(grain((100, 100)).convert("RGB"), (430, 50))

    turned = kept(stored_as(shown, value), exif=orientation_exif(value))

    assert 0.4 < middle_of(turned) < 0.6


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "CMYK"])
def test_every_layout_is_analyzed(mode: str) -> None:
    picture = wall().convert("L").convert("RGB")
    picture.paste(grain((100, 100)).convert("RGB"), (430, 50))
    stored = picture.convert(mode)
    if mode in {"LA", "RGBA"}:
        stored.putpixel((0, 0), (0,) * len(stored.getbands()))
    (rendition,) = render(file_of(stored, "TIFF"), SQUARE)
    square = picture_of(rendition.data).convert("RGB")
    corner = square.getpixel((0, 0))
    assert isinstance(corner, tuple)

    assert 0.4 < middle_of(square, (corner[0], corner[1], corner[2])) < 0.6


def test_the_choice_is_deterministic() -> None:
    picture = photo((600, 200))

    assert kept(picture).tobytes() == kept(picture).tobytes()
