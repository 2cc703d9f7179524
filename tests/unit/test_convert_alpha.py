"""Pictures with transparency are converted to a PNG, all others to a JPEG."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image, ImageCms

from convert.decode import Converted, convert_picture
from metadata.extract import extract
from pictures import limits
from tests.support.exif_blocks import Value, camera_exif, exif_block
from tests.support.heif_files import HEIC_SIZE, heic
from tests.support.pictures import BLUE, GREEN, PALE
from tests.support.profiles import display_p3

if TYPE_CHECKING:
    import pytest

CLEAR, HALF = (0, 0, 0, 0), (200, 100, 40, 128)


def converted(heif: bytes) -> Converted:
    return convert_picture(heif, "HEIF", max_pixels=100_000)


def picture(result: Converted) -> Image.Image:
    image = Image.open(io.BytesIO(result.data))
    image.load()
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The pixels in the middle of the four quarters; transparent ones without their color."""
    width, height = image.size
    points = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    pixels = [image.convert("RGBA").getpixel(point) for point in points]
    return [pixel if pixel[3] else CLEAR for pixel in pixels]  # type: ignore[index,misc]


def assert_close(actual: list[tuple[int, ...]], expected: list[tuple[int, ...]]) -> None:
    for pixel, wanted in zip(actual, expected, strict=True):
        assert max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) <= 4, actual


def encoded(mode: str, image: Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_bytes(mode, image.size, image.tobytes()).save(file, quality=95, chroma=444)
    return file.getvalue()


def test_transparent_parts_stay_transparent() -> None:
    result = converted(heic(with_alpha=True))

    assert (result.format, picture(result).format, picture(result).mode) == ("PNG", "PNG", "RGBA")
    opaque = [(*color, 255) for color in (GREEN, BLUE, PALE)]
    assert_close(corners(picture(result)), [CLEAR, *opaque])
    assert (result.conversion.mode, result.conversion.has_alpha) == ("RGBA", True)


def test_alpha_is_turned_along_with_the_picture() -> None:
    result = converted(heic(with_alpha=True, quarter_turns=1, mirror_axis=1))

    assert picture(result).size == HEIC_SIZE[::-1]
    alpha = [pixel[3] for pixel in corners(picture(result))]
    assert alpha == [255, 255, 255, 0]


def test_alpha_that_is_opaque_everywhere_is_dropped() -> None:
    result = converted(encoded("RGBA", Image.new("RGBA", (64, 64), (200, 100, 40, 255))))

    assert (result.format, picture(result).mode) == ("JPEG", "RGB")
    assert (result.conversion.mode, result.conversion.has_alpha) == ("RGBA", True)


def test_premultiplied_colors_are_divided_by_alpha() -> None:
    image = Image.new("RGBA", (64, 64), HALF)

    result = converted(encoded("RGBa", image.convert("RGBa")))

    assert_close(corners(picture(result)), [HALF] * 4)
    assert result.conversion.mode == "RGBA"


def test_a_profile_is_applied_to_a_transparent_picture() -> None:
    profile = display_p3()
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    green = ImageCms.profileToProfile(
        Image.new("RGB", (1, 1), GREEN), source, ImageCms.createProfile("sRGB")
    )
    assert green is not None

    result = converted(heic(with_alpha=True, icc=profile))

    assert_close(corners(picture(result))[1:2], [(*green.getpixel((0, 0)), 255)])  # type: ignore[misc]
    assert "icc_profile" not in picture(result).info


def test_a_png_carries_the_exif_with_orientation_1() -> None:
    result = converted(heic(with_alpha=True, exif=camera_exif(6)[6:]))

    assert picture(result).getexif()[0x0112] == 1
    found = extract(result.data, store_gps=True, conversion=result.conversion)
    assert found.camera is not None
    assert found.camera.model == "L1 Mark II"
    assert found.captured_at == "2024-06-01T10:30:00.125+02:00"
    assert found.gps is not None
    assert (found.orientation, found.has_alpha, found.warnings) == (6, True, ())


def test_a_png_has_the_resolution_of_its_source() -> None:
    resolution = {tag: Value(5, 1, struct.pack("<II", 300, 1)) for tag in (0x011A, 0x011B)}

    for with_alpha in (False, True):
        result = converted(heic(with_alpha=with_alpha, exif=exif_block(resolution)[6:]))
        found = extract(result.data, store_gps=True, conversion=result.conversion)
        assert found.dpi == (300, 300)


def test_a_png_that_would_be_too_large_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = converted(heic(with_alpha=True))
    monkeypatch.setattr(limits, "CONVERTED_PNG_BYTES", len(whole.data) - 1)

    result = converted(heic(with_alpha=True))

    assert picture(result).size == (HEIC_SIZE[0] // 2, HEIC_SIZE[1] // 2)
    assert_close(corners(picture(result)), corners(picture(whole)))
    assert (result.conversion.width, result.conversion.height) == HEIC_SIZE
