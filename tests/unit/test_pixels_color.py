from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageCms

from pictures.color import srgb_transform, to_srgb
from pictures.colorimetry.stated import StatedColor
from tests.support import profiles
from tests.support.color_difference import worst_difference
from tests.support.pictures import photo

if TYPE_CHECKING:
    from collections.abc import Callable

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ADOBE = StatedColor(profiles.adobe_rgb())
# Without a compensation for black, as browsers and libvips convert.
_RELATIVE = ImageCms.Intent.RELATIVE_COLORIMETRIC
# Linear light in Display P3 and in Adobe RGB to linear light in sRGB.
FROM_P3 = ((1.22494, -0.22494, 0.0), (-0.04206, 1.04206, 0.0), (-0.01964, -0.07864, 1.09828))
FROM_ADOBE = ((1.39836, -0.39836, 0.0), (0.0, 1.0, 0.0), (0.0, -0.04293, 1.04293))


def one(mode: str, color: tuple[int, ...] | int) -> Image.Image:
    return Image.new(mode, (1, 1), color)


def color_of(image: Image.Image) -> tuple[int, ...]:
    return tuple(image.tobytes())


def srgb_linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4


def srgb_encoded(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    level = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(level * 255)


@pytest.mark.parametrize(
    ("profile", "decode", "matrix"),
    [
        (profiles.display_p3(), srgb_linear, FROM_P3),
        (profiles.adobe_rgb(), lambda level: level**2.19921875, FROM_ADOBE),
    ],
)
@pytest.mark.parametrize(
    "color", [(200, 100, 50), (60, 150, 90), (30, 60, 200), (90, 90, 90), (255, 255, 255)]
)
def test_a_wide_gamut_becomes_the_same_colors_in_srgb(
    profile: bytes,
    decode: Callable[[float], float],
    matrix: tuple[tuple[float, ...], ...],
    color: tuple[int, ...],
) -> None:
    light = [decode(level / 255) for level in color]
    expected = tuple(
        srgb_encoded(sum(k * value for k, value in zip(row, light, strict=True))) for row in matrix
    )

    converted = to_srgb(one("RGB", color), StatedColor(profile))

    assert worst_difference(converted, one("RGB", expected)) < 1
    assert "icc_profile" not in converted.info


def test_alpha_passes_through_a_profile() -> None:
    converted = to_srgb(one("RGBA", (200, 100, 50, 77)), StatedColor(profiles.adobe_rgb()))

    assert converted.mode == "RGBA"
    assert color_of(converted)[3] == 77
    assert color_of(converted)[:3] == color_of(
        to_srgb(one("RGB", (200, 100, 50)), StatedColor(profiles.adobe_rgb()))
    )


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
@pytest.mark.parametrize("level", [0, 1, 2, 3, 5, 9, 40, 128, 255])
def test_gray_with_a_gamma_becomes_the_gray_of_srgb(level: int, gamma: float) -> None:
    expected = srgb_encoded((level / 255) ** gamma)

    gray = to_srgb(one("L", level), StatedColor(profiles.gray(gamma)))
    with_alpha = to_srgb(
        Image.merge("LA", (one("L", level), one("L", 9))), StatedColor(profiles.gray(gamma))
    )

    assert abs(color_of(gray)[0] - expected) <= 1
    assert (gray.mode, with_alpha.mode) == ("L", "LA")
    assert color_of(with_alpha) == (*color_of(gray), 9)


def test_cmyk_is_converted_by_its_profile() -> None:
    profile = profiles.cmyk()
    picture = Image.merge("CMYK", [photo((60, 40), seed).getchannel(0) for seed in range(4)])
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    reference = ImageCms.profileToProfile(
        picture, source, ImageCms.createProfile("sRGB"), _RELATIVE, outputMode="RGB"
    )
    assert reference is not None

    assert worst_difference(to_srgb(picture, StatedColor(profile)), reference) < 1
    # Lab (89, -5, 93) in the profile: a yellow other than (255, 255, 0)
    yellow = color_of(to_srgb(one("CMYK", (0, 0, 255, 0)), StatedColor(profile)))
    assert yellow[0] > 225
    assert 200 < yellow[1] < 245
    assert yellow[2] < 40


@pytest.mark.parametrize(
    ("inks", "color"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((255, 0, 0, 0), (0, 158, 224)),
        ((0, 255, 0, 0), (230, 0, 126)),
        ((0, 0, 255, 0), (255, 237, 0)),
        ((0, 255, 255, 0), (227, 6, 19)),
        ((255, 0, 255, 0), (0, 150, 64)),
        ((0, 0, 0, 255), (29, 29, 27)),
    ],
)
def test_cmyk_without_a_profile_is_treated_as_offset_print(
    inks: tuple[int, ...], color: tuple[int, ...]
) -> None:
    """Expected: the common sRGB values of process inks."""
    converted = to_srgb(one("CMYK", inks))

    assert converted.mode == "RGB"
    assert worst_difference(converted, one("RGB", color)) < 4


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_profile_that_is_srgb_already_changes_nothing(mode: str) -> None:
    picture = photo((60, 40)).convert(mode)

    assert to_srgb(picture, StatedColor(SRGB)).tobytes() == picture.tobytes()
    assert srgb_transform(mode, StatedColor(SRGB)).warning is None


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_a_picture_without_a_profile_is_treated_as_srgb(mode: str) -> None:
    picture = photo((60, 40)).convert(mode)

    assert to_srgb(picture).tobytes() == picture.tobytes()
    assert srgb_transform(mode, StatedColor(b"")).warning is None


def black_hole() -> bytes:
    """A well-formed but absurd profile, in which every color is nearly black."""
    return profiles.gray(1.0).replace(b"curv\0\0\0\0\0\0\0\1\1\0", b"curv\0\0\0\0\0\0\0\2\0\0")


@pytest.mark.parametrize(
    ("mode", "profile", "said"),
    [
        ("RGB", b"not a profile", "broken"),
        ("RGB", profiles.display_p3()[:200], "broken"),
        ("RGB", profiles.display_p3()[:100] + bytes(400), "broken"),
        ("RGB", bytes(5_000), "broken"),
        ("RGB", profiles.gray(2.2), "GRAY"),
        ("CMYK", profiles.display_p3(), "RGB"),
        ("RGBA", profiles.cmyk(), "CMYK"),
        ("L", black_hole(), "dark"),
    ],
)
def test_an_unusable_profile_is_ignored_with_a_warning(
    mode: str, profile: bytes, said: str
) -> None:
    picture = one(mode, 0) if mode == "CMYK" else photo((6, 4)).convert(mode)

    transform = srgb_transform(mode, StatedColor(profile))

    assert transform.warning is not None
    assert said in transform.warning
    assert transform.apply(picture).tobytes() == to_srgb(picture).tobytes()


@pytest.mark.parametrize("level", [0, 40, 128, 255])
def test_a_profile_for_colors_counts_for_gray_too(level: int) -> None:
    expected = srgb_encoded((level / 255) ** 2.19921875)

    gray = to_srgb(one("L", level), StatedColor(profiles.adobe_rgb()))
    with_alpha = to_srgb(Image.merge("LA", (one("L", level), one("L", 9))), ADOBE)

    assert gray.mode == "L"
    assert abs(color_of(gray)[0] - expected) <= 1
    assert color_of(with_alpha) == (*color_of(gray), 9)


def test_gray_that_its_profile_tints_becomes_a_color() -> None:
    tinted = to_srgb(one("L", 128), StatedColor(profiles.tinted()))
    with_alpha = to_srgb(
        Image.merge("LA", (one("L", 128), one("L", 9))), StatedColor(profiles.tinted())
    )

    assert (tinted.mode, with_alpha.mode) == ("RGB", "RGBA")
    assert color_of(tinted)[0] > color_of(tinted)[2] + 10
    assert color_of(with_alpha) == (*color_of(tinted), 9)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_profile_for_gray_counts_for_gray_that_is_stored_as_colors(mode: str) -> None:
    stated = StatedColor(profiles.gray(1.8))
    gray = photo((60, 40)).convert("L")

    assert (
        to_srgb(gray.convert(mode), stated).getchannel(0).tobytes()
        == to_srgb(gray, stated).tobytes()
    )
    assert to_srgb(photo((60, 40)), stated).tobytes() == photo((60, 40)).tobytes()


@pytest.mark.parametrize("gamma", [2.1, 2.2, 2.3, 2.4])
def test_a_profile_that_differs_from_srgb_in_dark_colors_only_is_applied(gamma: float) -> None:
    profile = profiles.srgb_primaries(gamma, "sRGB IEC61966-2.1")
    dark = color_of(to_srgb(one("RGB", (16, 16, 16)), StatedColor(profile)))

    assert abs(dark[0] - srgb_encoded((16 / 255) ** gamma)) <= 1


@pytest.mark.parametrize("level", [3, 77, 130, 254])
def test_a_curve_with_a_single_step_off_srgb_is_applied(level: int) -> None:
    profile = profiles.srgb_curve({level: 0})

    assert to_srgb(one("RGB", (level,) * 3), StatedColor(profile)).getpixel((0, 0)) != (level,) * 3
