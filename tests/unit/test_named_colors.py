"""Pictures whose file names a color space without an ICC profile are shown as browsers show them.

The expected levels of `SHOWN` and of HDR are what Chromium 156 showed of such files.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from convert.decode import convert_picture
from metadata.extract import extract
from pictures.colorimetry.heif import stated_color
from tests.support.color_files import (
    P3_CHROMATICITIES,
    chrm,
    chunk,
    cicp,
    clli,
    coded_avif,
    colors_in,
    gama,
    heic_with,
    mdcv,
    png_with,
    recoded,
    strip_of,
)
from tests.support.heif_files import HEIC_SIZE, box, heic
from tests.support.pictures import file_of, picture_of
from tests.support.profiles import adobe_rgb, display_p3, gray
from thumbnail.renditions import parse_specs, pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metadata.image_metadata import ImageMetadata

PQ, HLG, SRGB, LINEAR = 16, 18, 13, 8
GRAYS = (16, 64, 128, 192, 240)
# Levels of these grays by transfer characteristics of H.273.
SHOWN = {
    4: (7, 62, 129, 193, 240),
    5: (1, 40, 106, 179, 237),
    7: (34, 81, 141, 199, 242),
    LINEAR: (71, 137, 188, 225, 248),
    SRGB: GRAYS,
    17: (3, 48, 118, 191, 247),
    PQ: (1, 30, 132, 255, 255),
    HLG: (3, 43, 99, 189, 243),
}
TELEVISION = (4, 54, 121, 189, 239)
RED = (192, 40, 40)
RED_SHOWN = {
    4: (229, 23, 21),
    5: (197, 40, 40),
    6: (188, 49, 39),
    7: (188, 49, 39),
    8: (219, 0, 26),
    9: (240, 0, 28),
    10: (255, 0, 66),
    11: (206, 0, 29),
    12: (211, 0, 28),
    22: (195, 49, 39),
}
# PQ of 20, 100, 203, 400 and 1,000 cd/m² in the primaries of sRGB, and the colors shown.
HDR_COLORS = {
    ((0.3594, 0.5807, 0.3594)): (63, 187, 63),
    ((0.3594, 0.3594, 0.5807)): (63, 63, 187),
    ((0.5807, 0.7272, 0.3594)): (137, 253, 43),
    ((0.7272, 0.5807, 0.5807)): (255, 148, 148),
    ((0.7518, 0.5081, 0.5081)): (255, 102, 102),
}


def shown(data: bytes) -> Image.Image:
    """The picture as the renditions show it, in full size."""
    return pixels_of(data, parse_specs("a=2000x2000:inside:png"))[0]


def converted(heif: bytes) -> Image.Image:
    return picture_of(convert_picture(heif, "HEIF", max_pixels=10_000).data)


def grays(levels: Sequence[int] = GRAYS) -> Image.Image:
    return strip_of([(level, level, level) for level in levels])


def red_shown(data: bytes) -> tuple[int, ...]:
    return colors_in(shown(data), 1)[0]


def metadata_of(data: bytes) -> ImageMetadata:
    return extract(data, store_gps=False)


def assert_near(found: Sequence[int], wanted: Sequence[int], tolerance: int = 4) -> None:
    assert all(abs(a - b) <= tolerance for a, b in zip(found, wanted, strict=True)), found


@pytest.mark.parametrize("transfer", SHOWN)
@pytest.mark.parametrize("kind", ["PNG", "PNG gray", "AVIF"])
def test_each_transfer_function_is_shown_as_browsers_show_it(kind: str, transfer: int) -> None:
    if kind == "AVIF":
        data = coded_avif(grays(), 1, transfer)
    else:
        picture = grays().convert("L") if kind == "PNG gray" else grays()
        data = png_with(picture, cicp(1, transfer))

    found = colors_in(shown(data), len(GRAYS))

    for color, level in zip(found, SHOWN[transfer], strict=True):
        assert_near(color, (level,) * 3)


@pytest.mark.parametrize("primaries", RED_SHOWN)
def test_each_set_of_primaries_is_converted(primaries: int) -> None:
    picture = strip_of([RED])

    assert_near(red_shown(png_with(picture, cicp(primaries, SRGB))), RED_SHOWN[primaries], 2)
    assert_near(red_shown(coded_avif(picture, primaries, SRGB)), RED_SHOWN[primaries])


@pytest.mark.parametrize("transfer", [1, 6, 14, 15])
def test_curves_for_television_are_shown_as_browsers_show_them(transfer: int) -> None:
    """Browsers treat them as BT.1886 in a PNG, and as sRGB in an AVIF."""
    in_png = colors_in(shown(png_with(grays(), cicp(1, transfer))), len(GRAYS))
    in_avif = colors_in(shown(coded_avif(grays(), 1, transfer)), len(GRAYS))

    assert_near([color[0] for color in in_png], TELEVISION)
    assert_near([color[0] for color in in_avif], GRAYS, 1)


@pytest.mark.parametrize("levels", HDR_COLORS)
def test_bright_colors_keep_their_hue(levels: tuple[float, float, float]) -> None:
    color = tuple(round(level * 255) for level in levels)
    data = png_with(Image.new("RGB", (8, 8), color), cicp(1, PQ))

    assert_near(red_shown(data), HDR_COLORS[levels], 6)


@pytest.mark.parametrize(
    ("chunks", "level"),
    [
        ([], 220),
        ([clli(400)], 251),
        ([clli(4000)], 204),
        ([mdcv(600)], 240),
        ([clli(4000), mdcv(600)], 204),
        ([clli(0), mdcv(600)], 240),
        ([clli(150)], 255),
    ],
)
def test_the_brightest_light_of_a_picture_decides_how_much_room_highlights_get(
    chunks: list[bytes], level: int
) -> None:
    picture = Image.new("L", (8, 8), 165)  # 350 cd/m²

    assert_near(red_shown(png_with(picture, cicp(9, PQ), *chunks)), (level,) * 3, 5)


@pytest.mark.parametrize(
    ("properties", "peak"),
    [
        ([], None),
        ([box(b"clli", struct.pack(">HH", 400, 0))], 400),
        ([box(b"mdcv", bytes(16) + struct.pack(">II", 6_000_000, 1))], 600),
        ([box(b"clli", bytes(4)), box(b"mdcv", bytes(16) + struct.pack(">I", 6_000_000))], 600),
        ([box(b"clli", b""), box(b"mdcv", bytes(9))], None),
    ],
)
def test_light_levels_in_a_heif_count_too(properties: list[bytes], peak: float | None) -> None:
    coded = box(b"colr", b"nclx" + struct.pack(">HHHB", 9, PQ, 6, 0x80))

    found = stated_color(io.BytesIO(heic_with(coded, *properties)), None)

    assert (found.hdr, found.peak) == ("PQ", peak)


@pytest.mark.parametrize(
    ("chunks", "level", "name"),
    [
        ([cicp(1, LINEAR), chunk(b"sRGB", b"\0"), gama(2.8)], 188, "BT.709, linear (cICP)"),
        ([chunk(b"sRGB", b"\0"), gama(1)], 128, "sRGB (sRGB)"),
        ([gama(1)], 188, "gamma 1 (gAMA)"),
        ([gama(1.8)], 146, "gamma 1.8 (gAMA)"),
        ([gama(2.2)], 128, "sRGB (gAMA)"),
        ([gama(2.2), chrm()], 129, "gamma 2.2 with chromaticities (gAMA, cHRM)"),
        ([chrm(P3_CHROMATICITIES)], 128, None),
        ([cicp(2, 2), gama(1)], 188, "gamma 1 (gAMA)"),
        ([cicp(2, PQ), gama(1)], 188, "gamma 1 (gAMA)"),
        ([cicp(99, 99), gama(1)], 188, "gamma 1 (gAMA)"),
        ([cicp(1, LINEAR, matrix=6), gama(1.8)], 146, "gamma 1.8 (gAMA)"),
        ([chunk(b"gAMA", bytes(4))], 128, None),
        ([gama(1)[:-1] + b"?"], 128, None),
        ([gama(1), chrm([0.0] * 8)], 188, "gamma 1 (gAMA)"),
        ([gama(1), chrm([0.3127, 0.329] * 4)], 188, "gamma 1 (gAMA)"),
    ],
)
def test_the_chunks_of_a_png_count_in_the_order_of_its_specification(
    chunks: list[bytes], level: int, name: str | None
) -> None:
    data = png_with(Image.new("RGB", (8, 8), (128, 128, 128)), *chunks)

    assert_near(red_shown(data), (level,) * 3, 1)
    assert metadata_of(data).color_space == name


def test_a_profile_in_a_png_counts_after_cicp_and_before_gamma() -> None:
    picture = Image.new("L", (8, 8), 128)

    before = png_with(picture, gama(1), icc_profile=gray(1.8))
    after = png_with(picture, cicp(1, LINEAR), icc_profile=gray(1.8))

    assert_near(red_shown(before), (146,) * 3, 1)
    assert_near(red_shown(after), (188,) * 3, 1)
    assert metadata_of(before).icc_profile == "Gray"
    assert metadata_of(before).color_space is None
    assert metadata_of(after).icc_profile is None


@pytest.mark.parametrize(("mode", "level"), [("L", 146), ("LA", 146), ("RGB", 128), ("P", 128)])
def test_a_profile_for_gray_counts_in_gray_pngs_alone(mode: str, level: int) -> None:
    picture = Image.new("L", (8, 8), 128).convert(mode)

    assert_near(red_shown(png_with(picture, icc_profile=gray(1.8))), (level,) * 3, 1)


DARK = (0, 64, 128, 257, 400, 1000, 32896, 65535)


@pytest.mark.parametrize("gamma", [1.0, 1.8])
@pytest.mark.parametrize("kind", ["PNG", "PNG of a gamma", "TIFF"])
def test_dark_tones_of_16_bits_are_converted_before_they_are_reduced(
    kind: str, gamma: float
) -> None:
    deep = Image.frombytes("I;16", (len(DARK), 1), struct.pack(f"<{len(DARK)}H", *DARK))
    if kind == "PNG of a gamma":
        data = png_with(deep, gama(gamma))
    else:
        data = file_of(deep, kind, icc_profile=gray(gamma))

    found = shown(data)

    lights = [(level / 65535) ** gamma for level in DARK]
    wanted = [12.92 * x if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055 for x in lights]
    assert found.mode == "L"
    assert_near(found.tobytes(), [round(255 * level) for level in wanted], 1)


def test_a_profile_for_gray_counts_for_16_bits_with_alpha() -> None:
    row = b"\0" + struct.pack(">4H", 0x8080, 0xFFFF, 0x8080, 0x8000)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 16, 4, 0, 0, 0))
    profile = chunk(b"iCCP", b"gray\0\0" + zlib.compress(gray(1.8)))
    pixels = chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")

    found = shown(b"\x89PNG\r\n\x1a\n" + header + profile + pixels)

    assert found.mode == "LA"
    assert_near(found.tobytes(), (146, 255, 146, 128), 1)


@pytest.mark.parametrize(("transfer", "hdr"), [(PQ, "PQ"), (HLG, "HLG"), (SRGB, None)])
def test_hdr_that_a_profile_names_counts(transfer: int, hdr: str | None) -> None:
    tag = b"cicp" + bytes(4) + bytes((9, transfer, 0, 1))
    data = png_with(grays(), icc_profile=display_p3(more={b"cicp": tag}))

    found = colors_in(shown(data), len(GRAYS))

    for color, level in zip(found, SHOWN[transfer], strict=True):
        assert_near(color, (level,) * 3)
    assert metadata_of(data).hdr == hdr
    assert metadata_of(data).icc_profile == "Display P3"


@pytest.mark.parametrize("length", [200, 400])
def test_a_damaged_profile_names_no_hdr(length: int) -> None:
    tag = b"cicp" + bytes(4) + bytes((9, PQ, 0, 1))
    profile = display_p3(more={b"cicp": tag})[:length]

    assert metadata_of(png_with(grays(), icc_profile=profile)).hdr is None


def test_a_profile_in_an_avif_counts_before_its_code_points() -> None:
    data = coded_avif(strip_of([RED]), 9, PQ, icc_profile=adobe_rgb())

    assert red_shown(data)[0] > RED[0] + 20
    assert metadata_of(data).icc_profile == "Adobe RGB (1998)"
    assert (metadata_of(data).hdr, metadata_of(data).color_space) == (None, None)


@pytest.mark.parametrize(
    ("primaries", "transfer", "name", "hdr"),
    [
        (12, SRGB, "Display P3 (nclx)", None),
        (9, PQ, "BT.2100 PQ (nclx)", "PQ"),
        (9, HLG, "BT.2100 HLG (nclx)", "HLG"),
        (12, PQ, "P3, PQ (nclx)", "PQ"),
        (1, SRGB, "sRGB (nclx)", None),
        (2, 2, None, None),
        (3, SRGB, None, None),
        (1, 99, None, None),
    ],
)
def test_the_record_says_which_space_is_named(
    primaries: int, transfer: int, name: str | None, hdr: str | None
) -> None:
    in_avif = metadata_of(coded_avif(grays(), primaries, transfer))

    assert (in_avif.color_space, in_avif.hdr) == (name, hdr)


def test_the_record_says_which_space_a_heic_names() -> None:
    made = convert_picture(recoded(heic(), 9, PQ), "HEIF", max_pixels=10_000)
    found = extract(made.data, store_gps=False, conversion=made.conversion)

    assert (found.color_space, found.hdr) == ("BT.2100 PQ (nclx)", "PQ")


@pytest.mark.parametrize(("primaries", "transfer"), [(3, SRGB), (1, 99), (999, 0), (65535, 65535)])
def test_reserved_code_points_do_not_refuse_a_heic(primaries: int, transfer: int) -> None:
    made = convert_picture(recoded(heic(), primaries, transfer), "HEIF", max_pixels=10_000)

    assert picture_of(made.data).tobytes() == converted(heic()).tobytes()
    assert made.conversion.color_space is None


def test_a_heic_is_converted_from_its_code_points() -> None:
    plain, wide = converted(heic()), converted(recoded(heic(), 12, SRGB))

    assert plain.size == wide.size == HEIC_SIZE
    assert plain.tobytes() != wide.tobytes()


@pytest.mark.parametrize("transfer", [SRGB, 1])
def test_ordinary_pictures_stay_as_they_are(transfer: int) -> None:
    picture = grays()
    plain = file_of(picture, "AVIF", quality=90)

    assert shown(recoded(plain, 1, transfer)).tobytes() == shown(recoded(plain, 2, 2)).tobytes()
