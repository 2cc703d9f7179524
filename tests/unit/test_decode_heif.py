"""HEIC to JPEG: upright, in sRGB, with EXIF, or refused with a reason."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image, ImageCms

from convert.decode import Converted, convert_picture
from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from metadata.image_metadata import Camera, Exposure, Gps, ImageMetadata
from tests.support.exif_blocks import Value, ascii_text, camera_exif, exif_block
from tests.support.heif_files import (
    HEIC_SIZE,
    HEVC_CONFIGURATION,
    HEVC_DATA,
    Item,
    box,
    deep_gray_heic,
    full_box,
    heic,
    heif_file,
)
from tests.support.pictures import BLUE, GREEN, PALE, RED, quarters
from tests.support.profiles import display_p3
from validate.examine import examine

WHITE = (255, 255, 255)


def converted(heif: bytes, max_pixels: int = 10_000) -> Converted:
    return convert_picture(heif, "HEIF", max_pixels=max_pixels)


def picture(result: Converted) -> Image.Image:
    image = Image.open(io.BytesIO(result.data))
    image.load()
    return image


def metadata(result: Converted) -> ImageMetadata:
    return extract(result.data, store_gps=True, conversion=result.conversion)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colors in the middle of the four quarters: top left, top right, bottom left, right."""
    width, height = image.size
    points = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [image.convert("RGB").getpixel(point) for point in points]  # type: ignore[misc]


def assert_colors(image: Image.Image, expected: list[tuple[int, ...]], tolerance: int = 4) -> None:
    for actual, wanted in zip(corners(image), expected, strict=True):
        assert max(abs(a - b) for a, b in zip(actual, wanted, strict=True)) <= tolerance, actual


def test_a_plain_picture() -> None:
    result = converted(heic())
    image = picture(result)

    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", HEIC_SIZE)
    assert_colors(image, [RED, GREEN, BLUE, PALE])
    assert (result.conversion.width, result.conversion.height) == HEIC_SIZE
    assert (result.conversion.mode, result.conversion.frames) == ("RGB", 1)
    assert result.conversion.has_alpha is False
    assert result.conversion.orientation is None


@pytest.mark.parametrize(
    ("quarter_turns", "mirror_axis", "expected"),
    [
        (1, None, [GREEN, PALE, RED, BLUE]),
        (2, None, [PALE, BLUE, GREEN, RED]),
        (3, None, [BLUE, RED, PALE, GREEN]),
        (0, 0, [BLUE, PALE, RED, GREEN]),
        (0, 1, [GREEN, RED, PALE, BLUE]),
        (3, 0, [PALE, GREEN, BLUE, RED]),
        (1, 0, [RED, BLUE, GREEN, PALE]),
    ],
)
@pytest.mark.parametrize("exif_orientation", [1, 6, 8])
def test_the_container_rotates_the_picture_and_exif_does_not_rotate_it_again(
    quarter_turns: int,
    mirror_axis: int | None,
    expected: list[tuple[int, ...]],
    exif_orientation: int,
) -> None:
    exif = camera_exif(exif_orientation)[6:]

    result = converted(heic(quarter_turns=quarter_turns, mirror_axis=mirror_axis, exif=exif))

    image = picture(result)
    turned = (HEIC_SIZE[1], HEIC_SIZE[0]) if quarter_turns % 2 else HEIC_SIZE
    assert image.size == turned
    assert_colors(image, expected)
    assert image.getexif()[0x0112] == 1
    assert metadata(result).orientation == exif_orientation
    assert (metadata(result).width, metadata(result).height) == turned


def test_a_profile_is_applied_and_named() -> None:
    profile = display_p3()
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    expected = ImageCms.profileToProfile(quarters(), source, ImageCms.createProfile("sRGB"))
    assert expected is not None

    result = converted(heic(icc=profile))

    assert_colors(picture(result), corners(expected))
    assert "icc_profile" not in picture(result).info
    assert result.conversion.icc_profile == "Display P3"


@pytest.mark.parametrize("profile", [b"", b"nonsense", bytes(500)])
def test_a_broken_profile_is_ignored(profile: bytes) -> None:
    result = converted(heic(icc=profile))

    assert_colors(picture(result), [RED, GREEN, BLUE, PALE])
    assert result.conversion.icc_profile is None


def test_exif_is_carried_over() -> None:
    found = metadata(converted(heic(exif=camera_exif(6)[6:])))

    assert found.camera == Camera("Lumen", "L1 Mark II", "L 50mm F1.8", "Firmware 1.2")
    assert found.exposure == Exposure(400, 2.8, 0.004, 50.0)
    assert found.captured_at == "2024-06-01T10:30:00.125+02:00"
    assert found.gps == Gps(53.55, 9.9916667, 12.5)
    assert found.warnings == ()


def test_a_maker_note_larger_than_a_jpeg_segment_is_dropped() -> None:
    photo = {
        0x927C: Value(7, 190_000, bytes(190_000)),
        0x9003: ascii_text("2024:06:01 10:30:00"),
        0xA434: ascii_text("L 50mm F1.8"),
    }

    result = converted(heic(exif=exif_block({0x010F: ascii_text("Lumen")}, photo)[6:]))

    assert metadata(result).captured_at == "2024-06-01T10:30:00"
    assert metadata(result).camera == Camera("Lumen", lens="L 50mm F1.8")
    assert len(picture(result).info["exif"]) < 500


def test_many_large_fields_stay_within_a_segment() -> None:
    fields = {0x9100 + index: ascii_text("x" * 1000) for index in range(200)}

    result = converted(heic(exif=exif_block({0x010F: ascii_text("Lumen")}, fields, fields)[6:]))

    assert len(picture(result).info["exif"]) < 65_533
    assert metadata(result).camera == Camera("Lumen")


@pytest.mark.parametrize("exif", [b"", b"II", b"garbage" * 100, b"MM\0*\0\0\0\x08\xff\xff"])
def test_broken_exif_is_ignored(exif: bytes) -> None:
    result = converted(heic(exif=exif))

    assert_colors(picture(result), [RED, GREEN, BLUE, PALE])
    assert metadata(result).camera is None


def test_an_item_with_an_undecodable_type_does_not_crash_the_process() -> None:
    result = converted(heic(exif=camera_exif()[6:], exif_type=b"E\xffif"))

    assert_colors(picture(result), [RED, GREEN, BLUE, PALE])


def test_the_primary_picture_of_a_burst_is_converted() -> None:
    result = converted(heic(extra_pictures=3))

    assert result.conversion.frames == 1
    assert_colors(picture(result), [RED, GREEN, BLUE, PALE])


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix", b"msf1"])
def test_each_brand_is_converted(brand: bytes) -> None:
    assert_colors(picture(converted(heic(brand=brand))), [RED, GREEN, BLUE, PALE])


def refusal(heif: bytes, max_pixels: int = 10_000) -> Reason:
    with pytest.raises(ValidationError) as raised:
        converted(heif, max_pixels)
    return raised.value.reason


def test_size_is_refused_by_the_header() -> None:
    assert refusal(heic(), max_pixels=96 * 64 - 1) is Reason.TOO_MANY_PIXELS
    assert refusal(heic(claims_size=(30_000, 30_000))) is Reason.TOO_MANY_PIXELS
    assert refusal(heic(claims_size=(66_000, 1)), max_pixels=10**9) is Reason.TOO_MANY_PIXELS


def test_another_codec_is_unsupported() -> None:
    assert refusal(heic(coding=b"av01")) is Reason.UNSUPPORTED_FORMAT
    assert refusal(heic(coding=b"vvc1")) is Reason.UNSUPPORTED_FORMAT
    assert refusal(heic(coding=b"jpeg")) is Reason.UNSUPPORTED_FORMAT


def test_avc_is_unsupported_though_libheif_knows_it() -> None:
    sets = bytes([1, 66, 0, 30, 0xFF, 0xE1, 0, 4, 0x67, 66, 0, 30, 1, 0, 2, 0x68, 0])
    properties = [box(b"avcC", sets), full_box(b"ispe", struct.pack(">II", *HEIC_SIZE))]
    item = Item(1, b"avc1", b"\0\0\0\2\x65\0", (1, 2))

    assert refusal(heif_file([item], properties, b"mif1")) is Reason.UNSUPPORTED_FORMAT


def test_another_picture_is_not_shown_in_place_of_the_primary_one() -> None:
    properties = [
        box(b"hvcC", HEVC_CONFIGURATION),
        full_box(b"ispe", struct.pack(">II", *HEIC_SIZE)),
    ]
    unknown, shown = Item(1, b"vvc1", HEVC_DATA, (2,)), Item(2, b"hvc1", HEVC_DATA, (1, 2))

    assert_colors(
        picture(converted(heif_file([shown, unknown], properties, b"mif1"))),
        [RED, GREEN, BLUE, PALE],
    )
    assert refusal(heif_file([unknown, shown], properties, b"mif1")) is Reason.UNSUPPORTED_FORMAT


@pytest.mark.parametrize("length", [0, 12, 100, 300, -150, -10])
def test_a_truncated_file_is_corrupt(length: int) -> None:
    assert refusal(heic(exif=camera_exif()[6:])[:length]) is Reason.CORRUPT


def test_a_stated_size_other_than_the_coded_one_is_corrupt() -> None:
    assert refusal(heic(claims_size=(90, 60))) is Reason.CORRUPT
    assert refusal(heic(claims_size=(0, 0))) is Reason.CORRUPT


def test_a_gray_picture() -> None:
    result = converted(heic(gray_bits=8))

    assert_colors(picture(result), [(0, 0, 0), WHITE, WHITE, WHITE])
    assert result.conversion.mode == "L"


@pytest.mark.parametrize("bits", [10, 12])
def test_a_gray_picture_of_more_bits_is_scaled_to_eight(bits: int) -> None:
    dark, bright = (64, 64, 64), (192, 192, 192)

    result = converted(deep_gray_heic(bits))

    assert picture(result).mode == "L"
    assert_colors(picture(result), [dark, bright, dark, bright], tolerance=2)


@pytest.mark.parametrize("bits", [10, 12])
def test_a_gray_picture_with_a_false_depth_is_corrupt(bits: int) -> None:
    assert refusal(heic(gray_bits=bits)) is Reason.CORRUPT


def test_a_film_without_a_still_is_unsupported() -> None:
    sizes = box(b"stsz", bytes(8) + (25).to_bytes(4, "big"))
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", sizes))))
    film = box(b"ftyp", b"hevc" + bytes(4) + b"msf1hevc") + box(b"moov", track)

    assert refusal(film) is Reason.UNSUPPORTED_FORMAT
    with pytest.raises(ValidationError, match="an image sequence without a still picture; save"):
        examine(io.BytesIO(film), "uploads/a.heics", "", 10_000)
