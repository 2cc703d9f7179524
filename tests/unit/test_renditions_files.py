"""Renditions of every kind of file: formats, layouts, profiles, animations, damage."""

from __future__ import annotations

from array import array
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from image_pipeline.errors import Reason, ValidationError
from pictures.color import to_srgb
from pictures.colorimetry.stated import StatedColor
from tests.support import profiles
from tests.support.color_difference import worst_difference
from tests.support.pictures import (
    BLUE,
    RED,
    animation,
    color_at,
    file_of,
    is_near,
    photo,
    picture_of,
    psnr,
    quarters,
)
from thumbnail.renditions import parse_specs, render

FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JXL"]
MARKER = b"secret-marker-4711"


def made(data: bytes, spec: str) -> Image.Image:
    (rendition,) = render(data, parse_specs(f"it={spec}"))
    return picture_of(rendition.data)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_shows_its_colors(format_name: str) -> None:
    picture = made(file_of(quarters((192, 128)), format_name), "48x32:cover:png")

    for place in ((0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)):
        assert is_near(color_at(picture, *place), color_at(quarters(), *place), 16)


@pytest.mark.parametrize(
    "options",
    [
        {"progressive": True},
        {"subsampling": 0},
        {"subsampling": 1},
        {"subsampling": 2},
        {"subsampling": "4:1:1"},
        {"keep_rgb": True},
        {"restart_marker_rows": 1},
    ],
)
def test_every_kind_of_jpeg_shows_its_colors(options: dict[str, Any]) -> None:
    source = photo((640, 480))
    reference = source.resize((400, 300), Image.Resampling.LANCZOS)

    picture = made(file_of(source, quality=95, **options), "400x300:cover:png")

    assert psnr(picture, reference) > 30


def _light(level: float) -> float:
    """The light of a level of sRGB, both from 0 to 1: floats in a TIFF are linear."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "F"])
@pytest.mark.parametrize("format_name", ["webp", "jpeg", "png", "avif", "jxl"])
def test_every_layout_becomes_every_format(mode: str, format_name: str) -> None:
    gray = photo((64, 48)).convert("L")
    if mode == "I;16":
        source = Image.frombytes("I;16", gray.size, b"".join(bytes((v, v)) for v in gray.tobytes()))
    elif mode == "F":
        light = (_light(level / 255) for level in gray.tobytes())
        source = Image.frombytes("F", gray.size, array("f", light).tobytes())
    else:
        source = photo((64, 48)).convert(mode)
    compression = {"compression": "jpeg", "quality": 95} if mode == "YCbCr" else {}

    picture = made(
        file_of(source, "PNG" if mode == "P" else "TIFF", **compression),
        f"32x24:cover:{format_name}:90",
    )

    reference = (gray if mode in {"1", "L", "LA", "I;16", "F"} else photo((64, 48))).resize(
        (32, 24)
    )
    assert psnr(picture.convert("RGB"), reference.convert("RGB")) > (
        10 if mode in {"1", "CMYK"} else 20
    )


def test_a_palette_with_a_transparent_color_keeps_it() -> None:
    source = quarters((80, 80)).quantize(4)
    clear = source.getpixel((0, 0))

    picture = made(file_of(source, "GIF", transparency=clear), "20x20:cover:webp:95")

    assert color_at(picture, 0.2, 0.2)[3] == 0
    assert color_at(picture, 0.8, 0.2)[3] == 255


@pytest.mark.parametrize("profile", [profiles.display_p3(), profiles.adobe_rgb()])
@pytest.mark.parametrize("options", [{"subsampling": 0}, {"subsampling": 2}])
def test_colors_of_a_profile_are_those_of_a_full_conversion(
    profile: bytes, options: dict[str, Any]
) -> None:
    data = file_of(soft_photo(), quality=95, icc_profile=profile, **options)
    reference = to_srgb(picture_of(data), StatedColor(profile)).resize(
        (60, 40), Image.Resampling.LANCZOS
    )

    picture = made(data, "60x40:cover:png")

    assert worst_difference(picture, reference) <= 2


def soft_photo() -> Image.Image:
    """All kinds of colors without sharp edges, which JPEG would change."""
    return photo((60, 40)).resize((600, 400), Image.Resampling.BICUBIC)


def test_the_colors_of_a_gray_and_of_a_printed_picture_follow_their_profiles() -> None:
    gray, inks = soft_photo().convert("L"), soft_photo().convert("CMYK")
    for source, profile in ((gray, profiles.gray(1.8)), (inks, profiles.cmyk())):
        data = file_of(source, "TIFF", icc_profile=profile)
        reference = to_srgb(source, StatedColor(profile)).resize((60, 40), Image.Resampling.LANCZOS)

        assert worst_difference(made(data, "60x40:cover:png"), reference) <= 2


def test_an_inverted_cmyk_jpeg_of_adobe_is_not_a_negative() -> None:
    source = Image.new("CMYK", (64, 64), (0, 0, 0, 0))
    source.paste((0, 255, 255, 0), (0, 0, 32, 64))
    data = file_of(source, "JPEG", quality=95)
    assert b"Adobe" in data

    picture = made(data, "32x32:cover:png")

    assert is_near(color_at(picture, 0.2, 0.5), (227, 6, 19), 16)
    assert is_near(color_at(picture, 0.8, 0.5), (255, 255, 255))


def test_a_broken_profile_is_ignored_with_a_warning() -> None:
    warnings: list[str] = []
    data = file_of(quarters(), quality=95, icc_profile=b"\0" * 200)

    (rendition,) = render(data, parse_specs("it=48x32:cover:png"), warn=warnings.append)

    assert len(warnings) == 1
    assert "profile" in warnings[0]
    assert is_near(color_at(picture_of(rendition.data), 0.2, 0.2), RED)


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF", "JXL"])
def test_an_animation_is_shown_by_its_first_meaningful_frame(format_name: str) -> None:
    black, show, end = (
        Image.new("RGB", (64, 48)),
        quarters((64, 48)),
        Image.new("RGB", (64, 48), BLUE),
    )

    picture = made(animation([black, black.copy(), show, end], format_name), "32x24:cover:png")

    assert is_near(color_at(picture, 0.2, 0.2), RED, 20)


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", "AVIF", "JXL"])
def test_an_animation_that_starts_transparent_is_shown_by_a_later_frame(format_name: str) -> None:
    clear, show = Image.new("RGBA", (64, 48)), quarters((64, 48)).convert("RGBA")

    picture = made(animation([clear, show], format_name), "32x24:cover:png")

    assert is_near(color_at(picture, 0.2, 0.2)[:3], RED, 20)


def test_an_animation_of_uniform_frames_is_shown_by_its_first() -> None:
    frames = [Image.new("RGB", (64, 48), (level, 0, 0)) for level in (200, 150, 100)]

    assert is_near(
        color_at(made(animation(frames, "GIF"), "32x24:cover:png"), 0.5, 0.5), (200, 0, 0)
    )


def test_a_tiff_of_several_pages_is_shown_by_the_first() -> None:
    data = file_of(
        Image.new("RGB", (64, 48), RED), "TIFF", save_all=True, append_images=[quarters((64, 48))]
    )

    assert is_near(color_at(made(data, "32x24:cover:png"), 0.9, 0.9), RED)


@pytest.mark.parametrize("format_name", ["webp", "jpeg", "png", "avif", "jxl"])
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "AVIF"])
def test_renditions_contain_no_metadata(source: str, format_name: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = MARKER.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", MARKER.decode())
    options: dict[str, Any] = {
        "exif": exif.tobytes(),
        "xmp": b"<x:xmpmeta>" + MARKER + b"</x:xmpmeta>",
        "icc_profile": profiles.display_p3(MARKER.decode()),
        "comment": MARKER,
    }
    if source == "PNG":
        options["pnginfo"] = text
    data = file_of(photo((64, 48)), source, **options)
    assert MARKER in data

    (rendition,) = render(data, parse_specs(f"it=32x24:cover:{format_name}"))

    assert MARKER not in rendition.data
    assert "secret-marker".encode("utf-16-be") not in rendition.data
    info = picture_of(rendition.data).info
    assert not {"exif", "icc_profile", "xmp", "comment", "Comment", "dpi"} & set(info)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_damaged_file_gives_no_renditions(format_name: str) -> None:
    options = {"compression": "tiff_lzw"} if format_name == "TIFF" else {}
    data = file_of(photo((400, 300)), format_name, **options)

    with pytest.raises(ValidationError) as caught:
        render(data[: len(data) * 3 // 4], parse_specs("it=40x30:cover:webp"))

    assert caught.value.reason is Reason.CORRUPT


def test_a_file_that_is_not_a_picture_is_unsupported() -> None:
    with pytest.raises(ValidationError) as caught:
        render(b"<svg xmlns='http://www.w3.org/2000/svg'/>", parse_specs("it=40x30:cover:webp"))

    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT


def test_more_pixels_than_allowed_are_not_decoded() -> None:
    with pytest.raises(ValidationError) as caught:
        render(file_of(quarters(), "PNG"), parse_specs("it=4x3:cover:webp"), max_pixels=6000)

    assert caught.value.reason is Reason.TOO_MANY_PIXELS
