"""Camera RAW to JPEG: developed or taken from its preview, upright, with EXIF."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from typing import Any

import pytest
from PIL import Image, ImageCms

from convert.decode import Converted, convert_picture
from convert.exif_segment import exif_segment
from image_pipeline.errors import Reason, ValidationError
from metadata.extract import extract
from metadata.image_metadata import Camera, Exposure, ImageMetadata
from pictures.decoders.raw_exif import raw_exif
from tests.support.camera_files import dng
from tests.support.exif_blocks import Value, ascii_text, camera_exif, directory, rational, short
from tests.support.heif_files import HEIC_SIZE
from tests.support.pictures import BLUE, GREEN, PALE, RED, file_of, quarters
from tests.support.profiles import display_p3

GRAY = (128, 128, 128)
PHOTO = {
    0x829A: rational((1, 250)),
    0x829D: rational((28, 10)),
    0x8827: short(400),
    0x9003: ascii_text("2024:06:01 10:30:00"),
    0x920A: rational((50, 1)),
    0xA434: ascii_text("L 50mm F1.8"),
}


def scene() -> Image.Image:
    """Four colors, and a white edge so that LibRaw does not brighten the picture."""
    picture = quarters()
    picture.paste((255, 255, 255), (0, 0, HEIC_SIZE[0], 4))
    return picture


def converted(raw: bytes, max_pixels: int = 100_000) -> Converted:
    return convert_picture(raw, "RAW", max_pixels=max_pixels)


def picture(result: Converted) -> Image.Image:
    image = Image.open(io.BytesIO(result.data))
    image.load()
    return image


def assert_colors(result: Converted, expected: list[tuple[int, ...]], tolerance: int = 6) -> None:
    image = picture(result).convert("RGB")
    width, height = image.size
    points = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    for point, wanted in zip(points, expected, strict=True):
        actual = image.getpixel(point)
        assert isinstance(actual, tuple)
        assert max(abs(a - b) for a, b in zip(actual, wanted, strict=True)) <= tolerance, actual


def jpeg(image: Image.Image, **options: Any) -> bytes:
    return file_of(image, quality=95, **options)


def gray_preview(size: tuple[int, int] = HEIC_SIZE, **options: Any) -> bytes:
    return jpeg(Image.new("RGB", size, GRAY), **options)


def metadata_of(raw: bytes) -> ImageMetadata:
    """The metadata carried over from a RAW file, even one without pixels."""
    return extract(jpeg(Image.new("L", (8, 8)), exif=exif_segment(raw_exif(raw))), store_gps=True)


def test_sensor_data_is_developed_to_the_colors_of_the_scene() -> None:
    result = converted(dng(scene()))

    assert picture(result).size == HEIC_SIZE
    assert_colors(result, [RED, GREEN, BLUE, PALE])
    assert (result.conversion.width, result.conversion.height) == HEIC_SIZE
    assert (result.conversion.mode, result.conversion.has_alpha) == ("RGB", False)


def test_a_night_stays_dark() -> None:
    result = converted(dng(Image.new("RGB", HEIC_SIZE, (20, 20, 25))))

    assert_colors(result, [(20, 20, 25)] * 4, tolerance=3)


@pytest.mark.parametrize(
    ("orientation", "size", "expected"),
    [
        (1, (96, 64), [RED, GREEN, BLUE, PALE]),
        (3, (96, 64), [PALE, BLUE, GREEN, RED]),
        (6, (64, 96), [BLUE, RED, PALE, GREEN]),
        (8, (64, 96), [GREEN, PALE, RED, BLUE]),
    ],
)
@pytest.mark.parametrize("with_preview", [False, True])
def test_the_picture_is_rotated_once(
    orientation: int, size: tuple[int, int], expected: list[tuple[int, ...]], with_preview: bool
) -> None:
    preview = jpeg(scene()) if with_preview else None

    result = converted(dng(scene(), orientation=orientation, preview=preview))

    assert picture(result).size == size
    assert_colors(result, expected)
    assert result.conversion.orientation == orientation
    assert picture(result).getexif()[0x0112] == 1


def test_a_full_size_preview_is_used() -> None:
    assert_colors(converted(dng(scene(), preview=gray_preview())), [GRAY] * 4)
    nearly = (HEIC_SIZE[0] - 1, HEIC_SIZE[1] - 1)
    assert_colors(converted(dng(scene(), preview=gray_preview(nearly))), [GRAY] * 4)


def test_an_upright_preview_is_not_rotated_again() -> None:
    upright = scene().transpose(Image.Transpose.ROTATE_270)

    result = converted(dng(scene(), orientation=6, preview=jpeg(upright)))

    assert_colors(result, [BLUE, RED, PALE, GREEN])


@pytest.mark.parametrize(
    "preview",
    [
        gray_preview((48, 32)),
        gray_preview((64, 96)),
        gray_preview()[:-200],
        gray_preview()[:30] + bytes(300),
    ],
    ids=["half the size", "another shape", "truncated", "damaged"],
)
def test_any_other_preview_is_not_used(preview: bytes) -> None:
    result = converted(dng(scene(), preview=preview))

    assert picture(result).size == HEIC_SIZE
    assert_colors(result, [RED, GREEN, BLUE, PALE])


def test_a_preview_in_an_unnamed_color_space_is_not_used() -> None:
    adobe_rgb = {0xA001: short(65535)}

    result = converted(dng(scene(), photo=adobe_rgb, preview=gray_preview()))

    assert_colors(result, [RED, GREEN, BLUE, PALE])


def test_a_preview_in_srgb_by_its_exif_is_used() -> None:
    result = converted(dng(scene(), photo={0xA001: short(1)}, preview=gray_preview()))

    assert_colors(result, [GRAY] * 4)


def test_the_white_balance_of_the_camera_is_applied() -> None:
    gray = Image.new("RGB", HEIC_SIZE, (100, 100, 100))
    as_shot = {0xC628: rational((1, 2), (1, 1), (1, 1))}

    red, green, blue = picture(converted(dng(gray, image=as_shot))).getpixel((48, 32))  # type: ignore[misc]

    assert red > 1.2 * green
    assert abs(green - blue) < 10


def test_without_a_valid_orientation_that_of_libraw_is_applied_and_reported() -> None:
    result = converted(dng(scene(), image={0x0112: short(0)}))

    assert picture(result).size == (64, 96)
    assert result.conversion.orientation == 8


def test_a_preview_with_a_profile_is_converted() -> None:
    shown = Image.new("RGB", HEIC_SIZE, (200, 100, 50))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(display_p3()))
    in_srgb = ImageCms.profileToProfile(shown, profile, ImageCms.createProfile("sRGB"))
    assert in_srgb is not None
    preview = jpeg(shown, icc_profile=display_p3())

    result = converted(dng(scene(), photo={0xA001: short(65535)}, preview=preview))

    assert result.conversion.icc_profile == "Display P3"
    assert_colors(result, [in_srgb.getpixel((0, 0))] * 4)  # type: ignore[list-item]


@pytest.mark.parametrize("preview", [None, gray_preview()])
def test_exif_is_carried_over(preview: bytes | None) -> None:
    result = converted(dng(scene(), orientation=6, photo=PHOTO, preview=preview))

    found = extract(result.data, store_gps=False, conversion=result.conversion)

    assert found.camera == Camera("Lumen", "L1 Mark II", "L 50mm F1.8")
    assert found.exposure == Exposure(400, 2.8, 0.004, 50.0)
    assert found.captured_at == "2024-06-01T10:30:00"
    assert (found.orientation, found.width, found.height) == (6, 64, 96)


def refusal(raw: bytes, max_pixels: int = 100_000) -> Reason:
    with pytest.raises(ValidationError) as raised:
        converted(raw, max_pixels)
    return raised.value.reason


def test_too_many_pixels_are_refused_before_developing() -> None:
    assert refusal(dng(scene()), max_pixels=96 * 64 - 1) is Reason.TOO_MANY_PIXELS
    assert refusal(dng(scene(), claims_size=(60_000, 60_000))) is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("length", [-1, -1000, -6000])
def test_a_truncated_file_is_corrupt(length: int) -> None:
    assert refusal(dng(scene())[:length]) is Reason.CORRUPT


def test_a_header_without_its_pixels_is_corrupt() -> None:
    hollow = dng(scene(), image={0x0117: Value(4, 1, struct.pack("<I", 10))})[:-12_288]

    assert refusal(hollow + bytes(10)) is Reason.CORRUPT


@pytest.mark.parametrize("raw", [b"", b"II*\0", b"FUJIFILMCCD-RAW " + bytes(200), bytes(5000)])
def test_files_that_are_not_raw_are_refused(raw: bytes) -> None:
    assert refusal(raw) in {Reason.CORRUPT, Reason.UNSUPPORTED_FORMAT}


def test_exif_is_found_in_the_other_raw_containers() -> None:
    with_exif = gray_preview(exif=camera_exif())
    tiff = camera_exif()[6:]
    camera, moment = Camera("Lumen", "L1 Mark II", "L 50mm F1.8", "Firmware 1.2"), "2024-06-01T"
    fuji = b"FUJIFILMCCD-RAW ".ljust(84, b"0") + struct.pack(">II", 92, len(with_exif)) + with_exif
    minolta = b"\0MRM" + struct.pack(">I", 16 + 4 + len(tiff))
    minolta += b"\0PRD" + struct.pack(">I", 4) + bytes(4)
    minolta += b"\0TTW" + struct.pack(">I", len(tiff)) + tiff
    panasonic = b"IIU\0" + struct.pack("<I", 8)
    panasonic += directory({0x002E: Value(7, len(with_exif), with_exif)}, 8)

    for raw in (fuji, minolta, panasonic, b"IIRO" + tiff[4:]):
        found = metadata_of(raw)
        assert found.camera == camera
        assert (found.captured_at or "").startswith(moment)


def test_exif_of_a_cr3_is_in_three_boxes() -> None:
    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", 8 + len(content)) + kind + content

    def block(fields: dict[int, Value]) -> bytes:
        return b"II*\0" + struct.pack("<I", 8) + directory(fields, 8)

    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    canon += box(b"CMT1", block({0x010F: ascii_text("Canon"), 0x0112: short(8)}))
    canon += box(b"CMT2", block(PHOTO))
    canon += box(b"CMT4", block({1: ascii_text("N"), 2: rational((1, 1)),
                                 3: ascii_text("W"), 4: rational((2, 1))}))  # fmt: skip
    cr3 = box(b"ftyp", b"crx isom") + box(b"moov", box(b"uuid", canon))

    found = metadata_of(cr3)

    assert raw_exif(cr3).orientation == 8
    assert found.camera == Camera("Canon", lens="L 50mm F1.8")
    assert found.exposure == Exposure(400, 2.8, 0.004, 50.0)
    assert found.gps is not None
    assert (found.gps.latitude, found.gps.longitude) == (1.0, -2.0)


@pytest.mark.parametrize(
    "raw",
    [
        b"FUJIFILMCCD-RAW " + b"\xff" * 100,
        b"\0MRM\xff\xff\xff\xff\0TTW\0\0\0\0",
        b"\0MRM\0\0\0\x20\0TTW\xff\xff\xff\xffjunk",
        b"\0\0\0\x18ftypcrx isom\0\0\0\0\0\0\0\x08moov",
        b"\0\0\0\x10ftypcrx isom\0\0\0\x0cmoov\0\0\0\xff",
        b"IIU\0\x08\0\0\0\x01\0\x2e\0\x07\0\xff\0\0\0\x02\0\0\0",
        b"who knows",
    ],
)
def test_misplaced_exif_is_ignored(raw: bytes) -> None:
    assert raw_exif(raw).image.keys() <= {0x002E}
    assert metadata_of(raw).camera is None


def test_each_format_imports_only_its_own_codec() -> None:
    code = (
        "import sys; from convert.decode import convert_picture; "
        "from tests.support.heif_files import heic; "
        "before = {'pillow_heif', 'rawpy', 'numpy'} & sys.modules.keys(); "
        "convert_picture(heic(), 'HEIF', max_pixels=10000); "
        "print(before, {'pillow_heif', 'rawpy', 'numpy'} & sys.modules.keys())"
    )

    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )

    assert result.stdout.decode().strip() == "set() {'pillow_heif'}"
