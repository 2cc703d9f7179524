"""The placeholder of a picture: what a gallery paints first, and what finds near-duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops, ImageEnhance, ImageStat

from tests.support import profiles
from tests.support.blurhash import painted
from tests.support.pictures import (
    confetti,
    file_of,
    orientation_exif,
    photo,
    quarters,
    stored_as,
)
from thumbnail.placeholder import placeholder_of
from thumbnail.renditions import parse_specs, render

if TYPE_CHECKING:
    from image_pipeline.models import Placeholder

SPECS = parse_specs("thumbnail=150x150:cover:webp,large=1920x1080:inside:webp")


def described(data: bytes) -> Placeholder:
    placeholders: list[Placeholder] = []
    render(data, SPECS, describe=placeholders.append)
    (placeholder,) = placeholders
    return placeholder


def known(size: tuple[int, int]) -> Image.Image:
    """A picture without any chance in it: red grows to the right, green downward."""
    width, height = size
    return Image.frombytes(
        "RGB",
        size,
        bytes(
            level
            for y in range(height)
            for x in range(width)
            for level in (x * 255 // (width - 1), y * 255 // (height - 1), x * y * 7 % 256)
        ),
    )


def distance(one: Placeholder, other: Placeholder) -> int:
    """The number of bits in which two difference hashes differ."""
    return (int(one.difference_hash, 16) ^ int(other.difference_hash, 16)).bit_count()


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size, in levels."""
    return sum(map(float, ImageStat.Stat(ImageChops.difference(one, other)).mean)) / 3


# What the package blurhash-python, which wraps the reference implementation in C, paints.
PAINTED = {
    ("L$HoL22owtbYqNWBjre.gFfhfRfl", (8, 6)): (
        "332a2a3a27434f1f686d1b82901f8db4228bd21f7fe6157130364a38345c4d2e796c2b8f8f2e96b33092d12e"
        "86e5287b255c722f5a7e4856956854a58c56a7af579fce5694e2518c0e8f87208d903f88a26286ae8788afab"
        "8aa6ca889bde839500c18800be8d34b89a5bb5a482b8a7a7baa2c5b898dab28e00e37c00e07d2bd98356d68d"
        "7ed996a3dc98c2d98ed6d27f"
    ),
    ("T$Hxyi2.wtl^WBjrgFfhfRn%Wnjv", (3, 4)): (
        "2a332a5c2572c100881f4f68564895b8349a1f908d568ca7b882a71fd27f56ce94b8c598"
    ),
}


@pytest.mark.parametrize(("blurhash", "size"), PAINTED)
def test_a_blurhash_is_painted_here_as_elsewhere(blurhash: str, size: tuple[int, int]) -> None:
    expected = Image.frombytes("RGB", size, bytes.fromhex(PAINTED[blurhash, size]))
    assert max(ImageChops.difference(painted(blurhash, size), expected).tobytes()) <= 1


@pytest.mark.parametrize(
    ("size", "blurhash"),
    [
        ((24, 18), "L-HoL22B$1SKdIfOfPfPgZfOfRfS"),
        ((18, 24), "T-Hxyi2B$2dIfOfOgYfPfReofPfS"),
        ((24, 24), "L,HoH{2B$2SKdIfPfOfPgZfOfRfR"),
    ],
)
def test_known_pictures_have_known_hashes(size: tuple[int, int], blurhash: str) -> None:
    picture = known(size)
    assert placeholder_of(picture).blurhash == blurhash
    # The blue texture is finer than any wave.
    smooth = picture.resize((4, 3)).resize(size, Image.Resampling.BICUBIC)
    assert difference(painted(blurhash, size), smooth) < 20


# The difference hashes are those of `dhash` in the package imagehash.
@pytest.mark.parametrize(
    ("size", "expected"),
    [((24, 18), "ffffdfffffffffff"), ((24, 24), "ffffffffffffffff"), ((3, 2), "1f3ffffffffffffc")],
)
def test_known_pictures_have_known_difference_hashes(size: tuple[int, int], expected: str) -> None:
    assert placeholder_of(known(size)).difference_hash == expected


def test_a_photo_is_painted_blurred() -> None:
    picture = photo((1200, 800))
    placeholder = described(file_of(picture))
    blurred = picture.resize((4, 3), Image.Resampling.BOX).resize((48, 32))
    assert difference(painted(placeholder.blurhash, (48, 32)), blurred) < 12


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (200, 30, 60), (128, 128, 128)])
@pytest.mark.parametrize("size", [(400, 300), (30, 200), (1, 1), (1, 90)])
def test_a_picture_of_one_color_is_painted_in_that_color(
    color: tuple[int, int, int], size: tuple[int, int]
) -> None:
    placeholder = described(file_of(Image.new("RGB", size, color), "PNG"))
    plain = Image.new("RGB", (16, 12), color)
    differences = ImageChops.difference(painted(placeholder.blurhash, (16, 12)), plain)
    assert max(differences.tobytes()) <= 1
    assert placeholder.dominant_color == "#{:02x}{:02x}{:02x}".format(*color)
    assert placeholder.difference_hash == "0" * 16


@pytest.mark.parametrize(
    ("mode", "color", "shown"),
    [
        ("L", 90, "#5a5a5a"),
        ("1", 1, "#ffffff"),
        ("LA", (90, 255), "#5a5a5a"),
        ("RGBA", (10, 200, 30, 255), "#0ac81e"),
        ("I;16", 40_000, "#9c9c9c"),
    ],
)
def test_every_layout_has_a_placeholder(mode: str, color: Any, shown: str) -> None:
    placeholder = described(file_of(Image.new(mode, (300, 200), color), "PNG"))
    assert placeholder.dominant_color == shown
    red, green, blue = painted(placeholder.blurhash, (1, 1)).getpixel((0, 0))  # type: ignore[misc]
    assert f"#{red:02x}{green:02x}{blue:02x}" == shown


def test_transparent_parts_are_painted_white_and_are_no_color() -> None:
    picture = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    picture.paste((200, 30, 60, 255), (0, 0, 90, 200))
    placeholder = described(file_of(picture, "PNG"))
    assert placeholder.dominant_color == "#c81e3c"
    row = painted(placeholder.blurhash, (30, 1))
    red, green, _ = row.getpixel((2, 0))  # type: ignore[misc]
    assert red > green + 60
    assert min(row.getpixel((25, 0))) > 225  # type: ignore[arg-type]


def test_a_transparent_picture_has_no_dominant_color() -> None:
    placeholder = described(file_of(Image.new("RGBA", (300, 200), (9, 9, 9, 0)), "PNG"))
    assert placeholder.dominant_color is None
    assert painted(placeholder.blurhash, (4, 3)).getextrema() == ((255, 255),) * 3


def test_the_dominant_color_is_that_of_most_pixels() -> None:
    picture = Image.new("RGB", (600, 400), (20, 60, 160))
    picture.paste((240, 240, 230), (0, 0, 600, 140))
    picture.paste((200, 30, 30), (400, 200, 500, 300))
    color = described(file_of(picture)).dominant_color or ""
    levels = bytes.fromhex(color.removeprefix("#"))
    assert all(
        abs(level - wanted) <= 6 for level, wanted in zip(levels, (20, 60, 160), strict=True)
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_placeholder_is_upright(orientation: int) -> None:
    shown = quarters((600, 400))
    stored = file_of(stored_as(shown, orientation), exif=orientation_exif(orientation))
    placeholder, upright = described(stored), described(file_of(shown))
    assert (
        difference(painted(placeholder.blurhash, (12, 8)), painted(upright.blurhash, (12, 8))) < 4
    )
    assert distance(placeholder, upright) <= 4


def test_a_placeholder_is_in_srgb() -> None:
    profile = profiles.display_p3()
    picture = Image.new("RGB", (300, 200), (60, 150, 90))
    placeholder = described(file_of(picture, "PNG", icc_profile=profile))
    assert placeholder.dominant_color != "#3c965a"
    red, green, blue = bytes.fromhex((placeholder.dominant_color or "")[1:])
    assert red < 30 < 140 < green
    assert painted(placeholder.blurhash, (1, 1)).getpixel((0, 0)) == (red, green, blue)


def test_near_duplicates_have_near_hashes() -> None:
    picture = photo((1600, 1200), seed=3)
    original = described(file_of(picture))
    smaller = described(file_of(picture.resize((500, 375)), "WEBP", quality=50))
    brighter = described(file_of(ImageEnhance.Brightness(picture).enhance(1.15), "PNG"))
    others = [described(file_of(confetti((800, 600), seed))) for seed in range(5)]
    assert max(distance(original, smaller), distance(original, brighter)) <= 6
    assert min(distance(original, other) for other in others) > 12


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 3), (7, 5), (3000, 2), (2, 3000)])
def test_pictures_of_every_shape_have_one(size: tuple[int, int]) -> None:
    placeholder = described(file_of(photo((64, 64)).resize(size), "PNG"))
    assert len(placeholder.blurhash) == 6 + 2 * 11
    assert len(placeholder.difference_hash) == 16
