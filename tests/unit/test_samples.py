"""Samples for Rekognition: JPEGs within its limits, of everything that renditions show."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from moderate.samples import fits_in_place, samples
from tests.support.exif_blocks import exif_block, short
from tests.support.pictures import file_of
from tests.support.profiles import display_p3

RED, GREEN, BLUE, WHITE = (210, 40, 40), (40, 170, 60), (40, 60, 210), (255, 255, 255)
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
        ((1000, 3000), (640, 1920)),
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

    middle = picture.getpixel(((picture.width - 1) // 2, (picture.height - 1) // 2))
    assert isinstance(middle, tuple)
    assert min(middle) < 160


def test_a_narrow_strip_keeps_its_content() -> None:
    strip = Image.new("RGB", (6_000, 100), WHITE)
    strip.paste(RED, (3_000, 0, 3_100, 100))

    (picture,) = shown(file_of(strip, "PNG"), "PNG")

    assert picture.size == (4_800, 80)
    assert_color(picture, (2_440, 40), RED)


@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("format_name", ["JPEG", "WEBP"])
def test_sideways_pictures_are_rotated(orientation: int, format_name: str) -> None:
    exif = exif_block({0x0112: short(orientation)})

    (picture,) = shown(file_of(quarters(), format_name, exif=exif), format_name)

    assert picture.size == (120, 200)
    assert_color(picture, (90, 50) if orientation == 6 else (30, 150), RED)


def test_transparent_parts_are_white_regardless_of_their_hidden_color() -> None:
    picture = quarters("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    picture.paste((*RED, 255), (0, 0, 100, 60))

    (sample,) = shown(file_of(picture, "PNG"), "PNG")

    assert_color(sample, (50, 30), RED)
    assert_color(sample, (150, 30), WHITE)
    assert_color(sample, (50, 90), WHITE)


def test_colors_are_converted_to_srgb() -> None:
    plain = file_of(Image.new("RGB", (100, 100), (200, 100, 50)), "JPEG")
    wide = file_of(Image.new("RGB", (100, 100), (200, 100, 50)), "JPEG", icc_profile=display_p3())

    (as_srgb,), (as_p3,) = shown(plain, "JPEG"), shown(wide, "JPEG")

    assert_color(as_srgb, (50, 50), (200, 100, 50))
    assert_color(as_p3, (50, 50), (215, 94, 31))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA"])
def test_every_layout_is_sampled(mode: str) -> None:
    (picture,) = shown(file_of(Image.new(mode, (100, 100)), "PNG"), "PNG")

    assert picture.size == (100, 100)


def test_cmyk_is_sampled_in_its_colors() -> None:
    (picture,) = shown(file_of(Image.new("CMYK", (100, 100), (0, 0, 0, 0)), "JPEG"), "JPEG")

    assert_color(picture, (50, 50), WHITE)


def animation(count: int, format_name: str) -> bytes:
    pictures = [Image.new("RGB", (100, 90), (20 * index, 0, 0)) for index in range(count)]
    options = {"save_all": True, "append_images": pictures[1:], "lossless": True}
    return file_of(pictures[0], format_name, **options)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    ("count", "expected"),
    [(2, [0, 1]), (3, [0, 1, 2]), (5, [0, 1, 2, 3, 4]), (11, [0, 2, 5, 7, 10])],
)
def test_up_to_five_frames_of_an_animation_are_sampled_first_to_last(
    format_name: str, count: int, expected: list[int]
) -> None:
    pictures = shown(animation(count, format_name), format_name)

    assert len(pictures) == len(expected)
    for picture, index in zip(pictures, expected, strict=True):
        assert_color(picture, (50, 45), (20 * index, 0, 0))


def test_frames_are_composited() -> None:
    first = quarters()
    change = first.copy()
    change.paste((0, 0, 0), (150, 90, 180, 110))

    _, picture = shown(file_of(first, "GIF", save_all=True, append_images=[change]), "GIF")

    assert_color(picture, (50, 30), RED)
    assert_color(picture, (165, 100), (0, 0, 0))


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


@pytest.mark.parametrize(
    ("format_name", "size", "width", "height", "frames", "fits"),
    [
        ("JPEG", 15_000_000, 80, 10_000, 1, True),
        ("PNG", 1, 10_000, 80, 1, True),
        ("WEBP", 1_000, 800, 600, 1, False),
        ("HEIF", 1_000, 800, 600, 1, False),
        ("JPEG", 15_000_001, 800, 600, 1, False),
        ("JPEG", 1_000, 79, 600, 1, False),
        ("JPEG", 1_000, 600, 79, 1, False),
        ("PNG", 1_000, 10_001, 600, 1, False),
        ("PNG", 1_000, 800, 10_001, 1, False),
        ("PNG", 1_000, 800, 600, 2, False),
    ],
)
def test_objects_that_rekognition_reads_in_place(
    format_name: str, size: int, width: int, height: int, frames: int, fits: bool
) -> None:
    assert fits_in_place(format_name, size, width, height, frames) is fits


def test_a_gif_without_a_palette_gives_the_frames_before_it() -> None:
    shades = [Image.linear_gradient("L").rotate(angle) for angle in (0, 90, 180)]
    first, *others = (shade.resize((100, 90)).convert("P") for shade in shades)
    data = file_of(first, "GIF", save_all=True, append_images=others)
    colors = 3 << (data[10] & 7) + 1
    without = data[:10] + bytes([data[10] & 0x7F]) + data[11:13] + data[13 + colors :]

    assert len(samples(data, "GIF", max_pixels=10**6)) == 3
    assert 1 <= len(samples(without, "GIF", max_pixels=10**6)) <= 3
