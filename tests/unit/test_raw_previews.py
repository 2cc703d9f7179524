"""A camera RAW whose sensor data cannot be read is shown by its largest intact preview."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from convert.decode import convert_picture
from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from pictures.limits import RAW_PREVIEW_SIDE
from tests.support.camera_files import JPEG_XL, LOSSY_JPEG, dng, unreadable_dng
from tests.support.exif_blocks import short
from tests.support.jxl_files import Jxl
from tests.support.pictures import (
    BLUE,
    GREEN,
    PALE,
    RED,
    color_at,
    file_of,
    is_near,
    orientation_exif,
    quarters,
)

if TYPE_CHECKING:
    from convert.decode import Converted

UPRIGHT = [RED, GREEN, BLUE, PALE]
TURNED_RIGHT = [BLUE, RED, PALE, GREEN]
PLACES = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]


def preview(size: tuple[int, int] = (800, 600), **options: Any) -> bytes:
    return file_of(quarters(size), quality=92, **options)


def converted(data: bytes, max_pixels: int = 10_000_000) -> Converted:
    return convert_picture(data, "RAW", max_pixels=max_pixels)


def shown(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(converted(data).data)).convert("RGB")


def refusal(data: bytes, max_pixels: int = 10_000_000) -> Reason:
    with pytest.raises(ValidationError) as refused:
        converted(data, max_pixels)
    return refused.value.reason


def assert_shows(data: bytes, size: tuple[int, int], colors: list[tuple[int, int, int]]) -> None:
    picture = shown(data)
    assert picture.size == size
    for place, color in zip(PLACES, colors, strict=True):
        assert is_near(color_at(picture, *place), color)


def test_the_preview_is_shown_with_a_warning_that_says_its_size() -> None:
    result = converted(unreadable_dng(preview()))

    assert_shows(unreadable_dng(preview()), (800, 600), UPRIGHT)
    (warning,) = extract(result.data, store_gps=True, conversion=result.conversion).warnings
    assert warning == (
        "The sensor data of the camera RAW could not be read;"
        " its preview of 800 × 600 pixels is shown."
    )


def test_a_preview_in_jpeg_xl_is_shown() -> None:
    data = unreadable_dng(
        Jxl(lossless=False).file(quarters((800, 600))), preview_compression=JPEG_XL
    )

    assert_shows(data, (800, 600), UPRIGHT)


@pytest.mark.parametrize(
    ("orientation", "size", "colors"),
    [(1, (800, 600), UPRIGHT), (6, (600, 800), TURNED_RIGHT)],
)
def test_a_preview_as_the_sensor_sees_it_is_turned(
    orientation: int, size: tuple[int, int], colors: list[tuple[int, int, int]]
) -> None:
    assert_shows(unreadable_dng(preview(), orientation=orientation), size, colors)


def test_an_upright_preview_is_not_turned_again() -> None:
    data = unreadable_dng(preview((600, 800)), orientation=6)

    assert_shows(data, (600, 800), UPRIGHT)


def test_the_orientation_of_the_preview_itself_counts() -> None:
    own = preview(exif=orientation_exif(1))

    assert_shows(unreadable_dng(own, orientation=6), (800, 600), UPRIGHT)


def test_an_unknown_camera_is_shown_by_its_preview() -> None:
    raf = b"FUJIFILMCCD-RAW 0201FF000000UNKNOWN" + bytes(100) + preview() + bytes(5000)

    assert_shows(raf, (800, 600), UPRIGHT)


def test_a_truncated_raw_is_shown_by_its_preview() -> None:
    whole = dng(Image.new("RGB", (1600, 1200)), preview=preview())

    assert_shows(whole[:-1000], (800, 600), UPRIGHT)


def test_the_largest_intact_preview_is_shown() -> None:
    broken = bytearray(preview((1000, 750)))
    del broken[len(broken) // 2 : -2]
    data = unreadable_dng(bytes(broken)) + preview((640, 480)) + preview((700, 525))

    assert_shows(data, (700, 525), UPRIGHT)


@pytest.mark.parametrize(
    ("side", "expected"),
    [(RAW_PREVIEW_SIDE, None), (RAW_PREVIEW_SIDE - 1, Reason.UNSUPPORTED_FORMAT)],
)
def test_a_preview_below_the_least_size_is_not_shown(side: int, expected: Reason | None) -> None:
    data = unreadable_dng(preview((side, 300)))

    if expected:
        assert refusal(data) is expected
    else:
        assert_shows(data, (side, 300), UPRIGHT)


def test_a_piece_of_the_sensor_data_is_not_a_preview() -> None:
    """The pieces of a lossy DNG are JPEGs too."""
    piece = file_of(Image.new("RGB", (1600, 1200), RED))
    data = unreadable_dng(preview(), sensor=piece, compression=LOSSY_JPEG)

    assert_shows(data[:-10], (800, 600), UPRIGHT)


def test_a_gray_jpeg_is_a_mask_and_not_a_preview() -> None:
    mask = file_of(Image.new("L", (1000, 750), 99))

    assert_shows(unreadable_dng(preview()) + mask, (800, 600), UPRIGHT)
    assert refusal(unreadable_dng(mask)) is Reason.UNSUPPORTED_FORMAT


def test_a_preview_that_is_not_in_srgb_is_converted_from_adobe_rgb() -> None:
    green = file_of(Image.new("RGB", (800, 600), (100, 200, 100)), quality=95)

    picture = shown(unreadable_dng(green, photo={0xA001: short(2)}))

    assert is_near(color_at(picture, 0.5, 0.5), (0, 201, 93), 16)


def test_a_preview_with_too_many_pixels_is_not_shown() -> None:
    assert refusal(unreadable_dng(preview()), max_pixels=800 * 600 - 1) in {
        Reason.UNSUPPORTED_FORMAT,
        Reason.TOO_MANY_PIXELS,
    }


def test_many_signatures_without_a_jpeg_end_in_a_refusal() -> None:
    data = unreadable_dng(b"\xff\xd8\xff\xe1\0\x04ab" * 10_000)

    assert refusal(data) is Reason.UNSUPPORTED_FORMAT
