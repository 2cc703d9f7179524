"""Sheets for Rekognition: JPEGs within its limits, of everything that renditions show."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from moderate.samples import samples
from moderate.sheets import GAP
from tests.support.exif_blocks import exif_block, short
from tests.support.pictures import file_of
from tests.support.profiles import display_p3

RED, GREEN, BLUE = (210, 40, 40), (40, 170, 60), (40, 60, 210)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LIMIT = 10_000_000


def shown(data: bytes, format_name: str, max_pixels: int = LIMIT) -> list[Image.Image]:
    pictures = []
    for sample in samples(data, format_name, max_pixels=max_pixels):
        assert len(sample) <= 5_000_000
        picture = Image.open(io.BytesIO(sample))
        assert picture.format == "JPEG"
        assert min(picture.size) >= 80
        assert max(picture.size) <= 10_000
        pictures.append(picture.convert("RGB"))
    return pictures


def assert_color(picture: Image.Image, point: tuple[int, int], color: tuple[int, ...]) -> None:
    actual = picture.getpixel(point)
    assert isinstance(actual, tuple)
    assert max(abs(a - b) for a, b in zip(actual, color, strict=True)) <= 8, actual


def quarters(mode: str = "RGB", size: tuple[int, int] = (200, 120)) -> Image.Image:
    """Red, green / blue, white."""
    picture = Image.new(mode, size, WHITE)
    width, height = size[0] // 2, size[1] // 2
    for color, corner in ((RED, (0, 0)), (GREEN, (width, 0)), (BLUE, (0, height))):
        picture.paste(color, (*corner, corner[0] + width, corner[1] + height))
    return picture


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"])
def test_each_format_becomes_one_jpeg_of_the_same_picture(format_name: str) -> None:
    (picture,) = shown(file_of(quarters(), format_name), format_name)

    assert picture.size == (200, 120)
    assert_color(picture, (50, 30), RED)
    assert_color(picture, (150, 30), GREEN)
    assert_color(picture, (50, 90), BLUE)
    assert_color(picture, (150, 90), WHITE)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 2000), (1920, 960)),
        ((1500, 3000), (960, 1920)),
        ((1920, 1920), (1920, 1920)),
        ((100, 90), (100, 90)),
    ],
)
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_large_pictures_shrink_and_small_ones_stay(
    size: tuple[int, int], expected: tuple[int, int], format_name: str
) -> None:
    (picture,) = shown(file_of(quarters(size=size), format_name), format_name)

    assert picture.size == expected
    assert_color(picture, (expected[0] // 4, expected[1] // 4), RED)


def test_a_small_picture_is_padded_not_stretched() -> None:
    (picture,) = shown(file_of(Image.new("RGB", (20, 10), RED), "PNG"), "PNG")

    assert picture.size == (80, 80)
    assert_color(picture, (40, 40), RED)
    assert_color(picture, (40, 25), WHITE)
    assert_color(picture, (15, 40), WHITE)


@pytest.mark.parametrize("size", [(20_000, 1), (1, 20_000), (20_000, 100), (1, 1)])
def test_extreme_shapes_stay_within_the_limits(size: tuple[int, int]) -> None:
    (picture,) = shown(file_of(Image.new("RGB", size, RED), "PNG"), "PNG")

    assert max(picture.size) <= 1920
    darkest = min(low for low, _ in picture.getextrema())  # type: ignore[misc]
    assert darkest < 160


@pytest.mark.parametrize("is_upright", [True, False])
def test_a_long_strip_is_shown_in_overlapping_tiles_of_full_size(is_upright: bool) -> None:
    strip = Image.new("RGB", (3_000, 100), WHITE)
    strip.paste(RED, (640, 0, 680, 100))
    strip.paste(BLUE, (2_960, 0, 3_000, 100))
    strip = strip.transpose(Image.Transpose.ROTATE_90) if is_upright else strip

    (picture,) = shown(file_of(strip, "PNG"), "PNG")

    reds = sum(is_like(color, RED) * count for count, color in picture.getcolors(2**24) or ())
    blues = sum(is_like(color, BLUE) * count for count, color in picture.getcolors(2**24) or ())
    assert 0.8 < blues / (40 * 100) < 1.2
    assert 0.8 < reds / (40 * 100) < 2.2  # the tiles overlap


def is_like(color: object, other: tuple[int, int, int]) -> bool:
    assert isinstance(color, tuple)
    return all(abs(a - b) <= 20 for a, b in zip(color, other, strict=True))


@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("format_name", ["JPEG", "WEBP"])
def test_sideways_pictures_are_rotated(orientation: int, format_name: str) -> None:
    exif = exif_block({0x0112: short(orientation)})

    (picture,) = shown(file_of(quarters(), format_name, exif=exif), format_name)

    assert picture.size == (120, 200)
    assert_color(picture, (90, 50) if orientation == 6 else (30, 150), RED)


def test_transparency_is_shown_on_white_and_on_black_regardless_of_hidden_colors() -> None:
    picture = quarters("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    picture.paste((*RED, 255), (0, 0, 100, 60))

    (sheet,) = shown(file_of(picture, "PNG"), "PNG")

    assert sheet.size == (200 + GAP + 200, 120)
    for left, background in ((0, WHITE), (200 + GAP, BLACK)):
        assert_color(sheet, (left + 50, 30), RED)
        assert_color(sheet, (left + 150, 30), background)
        assert_color(sheet, (left + 50, 90), background)


def test_a_picture_that_exists_only_in_its_alpha_is_seen() -> None:
    alpha = quarters().convert("L")
    for color, place in ((WHITE, 1), (BLACK, 0)):
        picture = Image.new("RGB", alpha.size, color)
        picture.putalpha(alpha)

        (sheet,) = shown(file_of(picture, "PNG"), "PNG")

        half = sheet.crop((place * (200 + GAP), 0, place * (200 + GAP) + 200, 120)).convert("L")
        levels = half.getextrema()
        assert isinstance(levels[0], int | float)
        assert isinstance(levels[1], int | float)
        assert levels[1] - levels[0] > 150


def test_alpha_that_is_opaque_everywhere_costs_nothing() -> None:
    (sheet,) = shown(file_of(quarters("RGBA"), "PNG"), "PNG")

    assert sheet.size == (200, 120)


def test_colors_are_converted_to_srgb() -> None:
    plain = file_of(Image.new("RGB", (100, 100), (200, 100, 50)), "JPEG")
    wide = file_of(Image.new("RGB", (100, 100), (200, 100, 50)), "JPEG", icc_profile=display_p3())

    (as_srgb,), (as_p3,) = shown(plain, "JPEG"), shown(wide, "JPEG")

    assert_color(as_srgb, (50, 50), (200, 100, 50))
    assert_color(as_p3, (50, 50), (215, 94, 31))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_layout_is_sampled(mode: str) -> None:
    (picture,) = shown(file_of(Image.new(mode, (100, 100)), "PNG"), "PNG")

    assert picture.height == 100


def test_cmyk_is_sampled_in_its_colors() -> None:
    (picture,) = shown(file_of(Image.new("CMYK", (100, 100), (0, 0, 0, 0)), "JPEG"), "JPEG")

    assert_color(picture, (50, 50), WHITE)


def animation(count: int, format_name: str) -> bytes:
    """Frames of one red each, so none shows more than another: the first is published."""
    pictures = [Image.new("RGB", (100, 90), (20 * index, 0, 0)) for index in range(count)]
    options = {"save_all": True, "append_images": pictures[1:], "lossless": True}
    return file_of(pictures[0], format_name, **options)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2, 3, 4]), (11, [0, 2, 5, 7, 10])],
)
def test_up_to_five_frames_of_an_animation_are_shown_side_by_side_first_to_last(
    format_name: str, count: int, expected: list[int]
) -> None:
    (sheet,) = shown(animation(count, format_name), format_name)

    assert sheet.size == (len(expected) * (100 + GAP) - GAP, 90)
    for place, index in enumerate(expected):
        assert_color(sheet, (place * (100 + GAP) + 50, 45), (20 * index, 0, 0))


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("blank", [WHITE, BLACK, (3, 0, 2)])
def test_the_published_frame_comes_first_even_if_it_is_not_among_the_samples(
    format_name: str, blank: tuple[int, int, int]
) -> None:
    others = [quarters(size=(100, 90)).rotate(180) for _ in range(9)]
    frames = [Image.new("RGB", (100, 90), blank), quarters(size=(100, 90)), *others]
    options = {"save_all": True, "append_images": frames[1:], "quality": 100}

    (sheet,) = shown(file_of(frames[0], format_name, **options), format_name)

    assert_color(sheet, (25, 20), RED)
    assert_color(sheet, (75, 20), GREEN)


def test_frames_that_look_the_same_are_shown_once() -> None:
    frames = [quarters(size=(100, 90)) for _ in range(8)]
    for frame in frames[::2]:  # otherwise the encoder itself would merge them
        frame.putpixel((0, 0), (RED[0] + 1, *RED[1:]))
    data = file_of(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)

    (sheet,) = shown(data, "WEBP")

    assert sheet.size == (100, 90)


def test_a_large_animation_shows_its_published_frame_alone_on_the_first_sheet() -> None:
    frames = [quarters(size=(1600, 900)).rotate(180 * (index % 2)) for index in range(2)]
    frames += [Image.new("RGB", (1600, 900), color) for color in (RED, GREEN, BLUE)]

    first, second = shown(animated(frames), "GIF")

    assert first.size == (1600, 900)
    assert second.width <= 1920
    assert second.height <= 1920
    assert second.size != first.size


def animated(frames: list[Image.Image]) -> bytes:
    return file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])


def test_frames_are_composited() -> None:
    first = quarters()
    change = first.copy()
    change.paste((0, 0, 0), (150, 90, 180, 110))

    (sheet,) = shown(animated([first, change]), "GIF")

    second = 200 + GAP
    assert_color(sheet, (second + 50, 30), RED)
    assert_color(sheet, (second + 165, 100), (0, 0, 0))
    assert_color(sheet, (165, 100), WHITE)


def test_only_the_first_page_of_a_tiff_is_sampled() -> None:
    pages = file_of(Image.new("L", (90, 90)), "TIFF", save_all=True, append_images=[quarters()])

    assert len(shown(pages, "TIFF")) == 1


def test_noise_stays_below_the_limit() -> None:
    noise = Image.frombytes("RGB", (1920, 1920), random.Random(1).randbytes(1920 * 1920 * 3))

    assert len(shown(file_of(noise, "BMP"), "BMP")) == 1


def refusal(data: bytes, format_name: str, max_pixels: int = LIMIT) -> Reason:
    with pytest.raises(ValidationError) as raised:
        samples(data, format_name, max_pixels=max_pixels)
    return raised.value.reason


def test_unusable_files_are_refused() -> None:
    whole = file_of(quarters(), "JPEG")

    assert refusal(whole, "JPEG", max_pixels=200 * 120 - 1) is Reason.TOO_MANY_PIXELS
    assert refusal(animation(5, "GIF"), "GIF", max_pixels=100 * 90 * 4) is Reason.TOO_MANY_PIXELS
    assert refusal(whole[: len(whole) // 2], "JPEG") is Reason.CORRUPT
    assert refusal(b"GIF89a", "GIF") is Reason.CORRUPT
    assert refusal(whole, "HEIF") is Reason.UNSUPPORTED_FORMAT


def test_a_later_frame_that_outgrows_the_first_is_refused() -> None:
    gif = bytearray(animation(2, "GIF"))
    second = gif.index(b"\x2c", gif.index(b"\x2c") + 11)
    while gif[second : second + 5] != b"\x2c\0\0\0\0":
        second = gif.index(b"\x2c", second + 1)
    gif[second + 5 : second + 9] = b"\xff\xff\xff\xff"

    assert refusal(bytes(gif), "GIF") is Reason.TOO_MANY_PIXELS


def test_a_gif_without_a_palette_gives_the_frames_before_it() -> None:
    shades = [Image.linear_gradient("L").rotate(angle) for angle in (0, 90, 180)]
    first, *others = (shade.resize((100, 90)).convert("P") for shade in shades)
    data = file_of(first, "GIF", save_all=True, append_images=others)
    colors = 3 << (data[10] & 7) + 1
    without = data[:10] + bytes([data[10] & 0x7F]) + data[11:13] + data[13 + colors :]

    (whole,), (damaged,) = shown(data, "GIF"), shown(without, "GIF")
    assert whole.width == 3 * (100 + GAP) - GAP
    assert 100 <= damaged.width <= whole.width
