"""Size, layout, frames, resolution and profile, read from headers alone."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import pytest
from PIL import Image, ImageCms

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.models import Conversion
from metadata.extract import extract
from pictures.icc_name import profile_name
from tests.support.exif_blocks import camera_exif, exif_block, rational, short
from tests.support.heif_files import avif
from tests.support.pictures import file_of

SIDEWAYS = exif_block({0x0112: short(6)})


def frames(count: int, format_name: str) -> bytes:
    pictures = [Image.new("RGB", (20, 10), (40 * index, 90, 90)) for index in range(count)]
    return file_of(pictures[0], format_name, save_all=True, append_images=pictures[1:])


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize(("orientation", "size"), [(1, (40, 30)), (3, (40, 30)), (6, (30, 40))])
def test_the_size_is_the_displayed_one(
    format_name: str, orientation: int, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = file_of(Image.new("RGB", (40, 30)), format_name, exif=exif)

    metadata = extract(picture, store_gps=False)

    assert (metadata.width, metadata.height) == size
    assert metadata.orientation in {orientation, None if orientation == 1 else orientation}


def test_the_size_of_an_avif_rotated_by_its_container() -> None:
    metadata = extract(avif(Image.new("RGB", (40, 30)), exif=SIDEWAYS), store_gps=False)

    assert (metadata.width, metadata.height, metadata.orientation) == (30, 40, 6)


@pytest.mark.parametrize(
    ("mode", "format_name", "has_alpha"),
    [
        ("L", "JPEG", False),
        ("RGB", "JPEG", False),
        ("CMYK", "JPEG", False),
        ("1", "PNG", False),
        ("LA", "PNG", True),
        ("I;16", "PNG", False),
        ("RGBA", "WEBP", True),
        ("RGB", "BMP", False),
        ("P", "GIF", False),
        ("RGBA", "TIFF", True),
        ("RGBA", "AVIF", True),
    ],
)
def test_layout_and_alpha(mode: str, format_name: str, has_alpha: bool) -> None:
    metadata = extract(file_of(Image.new(mode, (20, 10)), format_name), store_gps=False)

    assert (metadata.mode, metadata.has_alpha) == (mode, has_alpha)
    assert (metadata.frames, metadata.animated) == (1, False)


def test_a_transparent_color_is_alpha() -> None:
    picture = Image.new("P", (20, 10))
    picture.putpalette([0, 0, 0, 255, 0, 0])

    assert extract(file_of(picture, "PNG", transparency=0), store_gps=False).has_alpha is True


@pytest.mark.parametrize(
    ("format_name", "count", "animated"),
    [
        ("GIF", 3, True),
        ("PNG", 3, True),
        ("WEBP", 3, True),
        ("AVIF", 3, True),
        ("TIFF", 3, False),
        ("MPO", 1, False),
    ],
)
def test_frames_and_pages_are_counted_and_only_frames_are_an_animation(
    format_name: str, count: int, animated: bool
) -> None:
    metadata = extract(frames(3, format_name), store_gps=False)

    assert (metadata.frames, metadata.animated) == (count, animated)


def test_resolution() -> None:
    picture = Image.new("RGB", (20, 10))
    in_centimetres = exif_block(
        {0x011A: rational((100, 1)), 0x011B: rational((50, 1)), 0x0128: short(3)}
    )

    def dpi(picture: bytes) -> tuple[float, float] | None:
        return extract(picture, store_gps=False).dpi

    assert dpi(file_of(picture, "JPEG", dpi=(300, 150))) == (300, 150)
    assert dpi(file_of(picture, "PNG", dpi=(300, 300))) == pytest.approx((300, 300), abs=0.1)
    assert dpi(file_of(picture, "TIFF", dpi=(72, 72))) == (72, 72)
    assert dpi(file_of(picture, "JPEG", exif=in_centimetres)) == (254, 127)
    assert dpi(file_of(picture, "JPEG", exif=camera_exif())) is None
    assert dpi(file_of(picture, "JPEG")) is None


@pytest.mark.parametrize(
    ("x", "unit"), [((0, 0), 2), ((0, 1), 2), ((4_000_000_000, 1), 2), ((300, 0), 2)]
)
def test_an_invalid_resolution_is_omitted(x: tuple[int, int], unit: int) -> None:
    exif = exif_block({0x011A: rational(x), 0x011B: rational((72, 1)), 0x0128: short(unit)})

    assert extract(file_of(Image.new("L", (8, 8)), "JPEG", exif=exif), store_gps=False).dpi is None


def test_the_name_of_the_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    metadata = extract(
        file_of(Image.new("RGB", (8, 8)), "JPEG", icc_profile=profile), store_gps=False
    )

    assert metadata.icc_profile == "sRGB built-in"


def profile_with(description: bytes) -> bytes:
    return bytes(128) + struct.pack(">I4sII", 1, b"desc", 144, len(description)) + description


def test_names_of_profiles_of_both_versions() -> None:
    old = profile_with(b"desc" + bytes(4) + struct.pack(">I", 11) + b"Display P3\0")
    german, english = "Anzeige P3".encode("utf-16-be"), "Display P3".encode("utf-16-be")
    table = struct.pack(">II", 2, 12)
    table += b"deDE" + struct.pack(">II", len(german), 40)
    table += b"enUS" + struct.pack(">II", len(english), 40 + len(german))
    new = profile_with(b"mluc" + bytes(4) + table + german + english)

    assert profile_name(old) == "Display P3"
    assert profile_name(new) == "Display P3"


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        bytes(128),
        bytes(128) + b"\xff" * 200,
        bytes(128) + struct.pack(">I4sII", 1, b"desc", 0xFFFFFFF0, 50),
        profile_with(b"mluc" + bytes(4) + b"\xff" * 40),
        profile_with(b"desc" + bytes(4) + struct.pack(">I", 0xFFFFFFFF)),
        profile_with(b"what"),
    ],
)
def test_a_profile_without_a_readable_name_has_none(profile: bytes) -> None:
    assert profile_name(profile) is None


def test_facts_about_the_source_come_from_the_conversion() -> None:
    jpeg = file_of(Image.new("RGB", (30, 40)), "JPEG", exif=camera_exif())
    source = Conversion(
        30, 40, "RGBA", frames=3, has_alpha=True, orientation=6, icc_profile="Display P3"
    )

    metadata = extract(jpeg, store_gps=True, conversion=source)

    assert (metadata.mode, metadata.frames, metadata.has_alpha) == ("RGBA", 3, True)
    assert (metadata.orientation, metadata.icc_profile) == (6, "Display P3")
    assert (metadata.width, metadata.height) == (30, 40)
    assert metadata.animated is True
    assert metadata.camera is not None
    assert metadata.gps is not None


def test_no_pixel_is_decoded() -> None:
    whole = file_of(Image.effect_noise((400, 300), 50).convert("RGB"), "JPEG", exif=camera_exif())
    headers_only = whole[: whole.index(b"\xff\xda") + 40]

    metadata = extract(headers_only, store_gps=False)

    assert (metadata.width, metadata.height) == (400, 300)
    assert metadata.camera is not None


def test_bytes_that_are_not_a_picture_are_refused() -> None:
    with pytest.raises(ValidationError) as refusal:
        extract(b"\xff\xd8\xff\xe0 and then nothing", store_gps=False)

    assert refusal.value.reason is Reason.CORRUPT


def test_only_the_needed_plugin_is_imported() -> None:
    code = (
        "import sys; from metadata.extract import extract; "
        "extract(sys.stdin.buffer.read(), store_gps=False); "
        "print(sorted(n for n in sys.modules if n.startswith('PIL.') and 'ImagePlugin' in n))"
    )
    picture = file_of(Image.new("RGB", (8, 8)), "PNG", exif=camera_exif())

    result = subprocess.run(
        [sys.executable, "-c", code],
        input=picture,
        capture_output=True,
        check=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
    )

    assert result.stdout.decode().split() == ["['PIL.PngImagePlugin']"]


@pytest.mark.parametrize(("count", "animated"), [(1, False), (2, True)])
def test_two_frames_are_an_animation_already(count: int, animated: bool) -> None:
    metadata = extract(frames(count, "PNG"), store_gps=False)

    assert (metadata.frames, metadata.animated) == (count, animated)
