from __future__ import annotations

import pytest
from PIL import Image

from tests.support.pictures import (
    BLUE,
    GREEN,
    PALE,
    RED,
    color_at,
    file_of,
    grain,
    is_near,
    orientation_exif,
    photo,
    picture_of,
    psnr,
    quarters,
    stored_as,
)
from thumbnail.renditions import parse_specs, render

DEFAULT = parse_specs(
    "thumbnail=150x150:cover:webp:80,medium=800x600:cover:webp:80,"
    "large=1920x1080:cover:webp:80,preview=320x320:inside:jpeg:85"
)
CORNERS = {(0.25, 0.25): RED, (0.75, 0.25): GREEN, (0.25, 0.75): BLUE, (0.75, 0.75): PALE}


def made(data: bytes, spec: str) -> Image.Image:
    """The only rendition of a spec such as `100x100:cover:png`, decoded."""
    (rendition,) = render(data, parse_specs(f"it={spec}"))
    picture = picture_of(rendition.data)
    assert (rendition.name, picture.size) == ("it", (rendition.width, rendition.height))
    return picture


def size_of(width: int, height: int, spec: str) -> tuple[int, int]:
    return made(file_of(Image.new("L", (width, height)), "PNG"), spec).size


def test_a_photo_becomes_the_four_renditions_of_the_template() -> None:
    renditions = render(file_of(photo((2400, 1800))), DEFAULT)

    assert [(it.name, it.content_type, it.width, it.height) for it in renditions] == [
        ("thumbnail", "image/webp", 150, 150),
        ("medium", "image/webp", 800, 600),
        ("large", "image/webp", 1920, 1080),
        ("preview", "image/jpeg", 320, 240),
    ]
    for rendition in renditions:
        picture = picture_of(rendition.data)
        assert picture.size == (rendition.width, rendition.height)
        assert f"image/{str(picture.format).lower()}" == rendition.content_type


@pytest.mark.parametrize(
    ("source", "spec", "size"),
    [
        # cover: the box itself, or the largest part of its aspect ratio
        ((400, 300), "150x150:cover:png", (150, 150)),
        ((100, 75), "150x150:cover:png", (75, 75)),
        ((1000, 400), "800x600:cover:png", (533, 400)),
        ((400, 1000), "800x600:cover:png", (400, 300)),
        ((800, 600), "800x600:cover:png", (800, 600)),
        ((801, 601), "800x600:cover:png", (800, 600)),
        ((799, 601), "800x600:cover:png", (799, 599)),
        ((1, 1), "800x600:cover:png", (1, 1)),
        ((2, 1), "1920x1080:cover:png", (2, 1)),
        ((20000, 1), "150x150:cover:png", (1, 1)),
        ((1, 20000), "150x150:cover:png", (1, 1)),
        ((20000, 10), "800x600:cover:png", (13, 10)),
        # inside: within the box, never enlarged, never without a pixel
        ((400, 300), "320x320:inside:png", (320, 240)),
        ((300, 400), "320x320:inside:png", (240, 320)),
        ((1000, 667), "320x320:inside:png", (320, 213)),
        ((100, 75), "320x320:inside:png", (100, 75)),
        ((1000, 40), "320x320:inside:png", (320, 13)),
        ((321, 320), "320x320:inside:png", (320, 319)),
        ((20000, 1), "320x320:inside:png", (320, 1)),
        ((1, 20000), "320x320:inside:png", (1, 320)),
        # inside: the other side rounds half up
        ((1600, 1203), "320x320:inside:png", (320, 241)),
        ((1203, 1600), "320x320:inside:png", (241, 320)),
        ((640, 425), "320x320:inside:png", (320, 213)),
        ((1280, 962), "320x320:inside:png", (320, 241)),
        ((999, 667), "320x320:inside:png", (320, 214)),
        ((323, 317), "320x320:inside:png", (320, 314)),
        # contain: the box
        ((400, 300), "320x320:contain:png", (320, 320)),
        ((10, 10), "33x20:contain:png", (33, 20)),
        ((20000, 1), "100x50:contain:png", (100, 50)),
        # attention: like cover
        ((400, 300), "150x150:attention:png", (150, 150)),
        ((1000, 400), "800x600:attention:png", (533, 400)),
        ((1, 20000), "150x150:attention:png", (1, 1)),
    ],
)
def test_the_size_of_a_rendition(source: tuple[int, int], spec: str, size: tuple[int, int]) -> None:
    assert size_of(*source, spec) == size


def test_cover_keeps_the_middle() -> None:
    picture = Image.new("RGB", (300, 100), RED)
    picture.paste(GREEN, (100, 0, 200, 100))

    middle = made(file_of(picture, "PNG"), "50x50:cover:png")

    assert is_near(color_at(middle, 0.1, 0.5), GREEN)
    assert is_near(color_at(middle, 0.9, 0.5), GREEN)


def test_a_crop_at_full_size_is_not_resampled() -> None:
    noise = grain((101, 40))

    part = made(file_of(noise, "PNG"), "60x60:cover:png")

    assert part.tobytes() == noise.crop((30, 0, 70, 40)).tobytes()


def test_a_picture_that_fits_is_not_resampled() -> None:
    noise = grain((101, 40))

    assert made(file_of(noise, "PNG"), "300x300:inside:png").tobytes() == noise.tobytes()


def test_contain_fills_with_the_color_and_centers() -> None:
    data = file_of(quarters((80, 40)), "PNG")

    boxed = made(data, "40x40:contain(#102030):png")

    assert boxed.mode == "RGB"
    assert color_at(boxed, 0.5, 0.1) == color_at(boxed, 0.5, 0.9) == (16, 32, 48)
    assert color_at(boxed, 0.25, 0.4) == RED
    assert color_at(boxed, 0.75, 0.6) == PALE


def test_contain_shows_the_color_through_transparent_parts() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))

    assert color_at(made(file_of(clear, "PNG"), "40x40:contain(blue):webp:100"), 0.5, 0.5) == (
        0,
        0,
        255,
    )


def test_transparent_margins_of_contain_are_white_in_a_jpeg() -> None:
    data = file_of(quarters((80, 40)), "PNG")

    assert color_at(made(data, "40x40:contain(transparent):png"), 0.5, 0.1)[3] == 0
    assert is_near(
        color_at(made(data, "40x40:contain(transparent):jpeg:95"), 0.5, 0.05), (255, 255, 255)
    )


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("spec", ["48x32:cover:png", "48x48:inside:png", "48x48:contain:png"])
def test_every_orientation_gives_an_upright_rendition(
    format_name: str, value: int, spec: str
) -> None:
    stored = stored_as(quarters((192, 128)), value)
    options: dict[str, object] = (
        {"tiffinfo": {0x0112: value}}
        if format_name == "TIFF"
        else {"exif": orientation_exif(value)}
    )

    picture = made(file_of(stored, format_name, **options), spec)

    top = 1 / 6 if "contain" in spec else 0
    for (x, y), color in CORNERS.items():
        assert is_near(color_at(picture, x, top + y * (1 - 2 * top)), color)
    assert picture.size == (48, 48 if "contain" in spec else 32)


@pytest.mark.parametrize("value", range(1, 9))
def test_a_crop_of_a_turned_picture_is_the_turned_crop(value: int) -> None:
    shown = photo((900, 300))
    data = file_of(stored_as(shown, value), "PNG", exif=orientation_exif(value))

    assert (
        psnr(made(data, "100x150:cover:png"), made(file_of(shown, "PNG"), "100x150:cover:png")) > 50
    )


def test_an_orientation_after_the_pixels_of_a_png_is_applied() -> None:
    data = file_of(stored_as(quarters((192, 128)), 6), "PNG", exif=orientation_exif(6))
    at = data.index(b"eXIf") - 4
    chunk = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    end = data.index(b"IEND") - 4 - len(chunk)
    without = data.replace(chunk, b"")

    picture = made(without[:end] + chunk + without[end:], "48x32:cover:png")

    for (x, y), color in CORNERS.items():
        assert is_near(color_at(picture, x, y), color)


@pytest.mark.parametrize("format_name", ["webp", "png", "avif", "jxl"])
def test_alpha_is_kept_where_the_format_has_it(format_name: str) -> None:
    source = Image.new("RGBA", (200, 200), (*RED, 255))
    source.paste((0, 0, 0, 0), (0, 0, 100, 200))

    picture = made(file_of(source, "PNG"), f"50x50:cover:{format_name}:95")

    assert picture.mode == "RGBA"
    assert color_at(picture, 0.2, 0.5)[3] == 0
    assert color_at(picture, 0.8, 0.5)[3] == 255
    assert is_near(color_at(picture, 0.8, 0.5)[:3], RED)


@pytest.mark.parametrize("format_name", ["webp", "png"])
def test_color_under_transparent_pixels_leaves_no_fringe(format_name: str) -> None:
    source = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    source.paste((255, 255, 255, 255), (133, 133, 307, 307))

    picture = made(file_of(source, "PNG"), f"100x100:cover:{format_name}:100")

    red, green, blue, alpha = picture.split()
    visible = alpha.point(lambda level: 255 if level > 16 else 0)
    for band in (red, green, blue):
        assert (
            min(
                level for level, seen in zip(band.tobytes(), visible.tobytes(), strict=True) if seen
            )
            > 240
        )
    assert any(16 < level < 240 for level in alpha.tobytes())


def test_transparency_is_white_in_a_jpeg() -> None:
    source = Image.new("RGBA", (100, 100), (*RED, 0))
    source.paste((*BLUE, 255), (0, 0, 50, 100))

    picture = made(file_of(source, "PNG"), "50x50:cover:jpeg:95")

    assert picture.mode == "RGB"
    assert is_near(color_at(picture, 0.9, 0.5), (255, 255, 255))
    assert is_near(color_at(picture, 0.1, 0.5), BLUE)


def test_an_opaque_picture_comes_without_alpha() -> None:
    data = file_of(quarters().convert("RGBA"), "PNG")

    modes = {made(data, f"20x20:cover:{name}").mode for name in ("webp", "png", "avif", "jxl")}
    assert modes == {"RGB"}
