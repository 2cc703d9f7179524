"""Orientations, layouts, color spaces and preflight markers, entry by entry."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from convert.decode import convert_picture
from pictures.color import srgb_transform
from pictures.colorimetry.stated import StatedColor
from pictures.layouts import eight_bit
from pictures.orientation import upright
from tests.support import bombs, profiles
from tests.support.boundaries import refusal
from tests.support.camera_files import dng
from tests.support.pictures import (
    BLUE,
    GREEN,
    PALE,
    RED,
    color_at,
    file_of,
    is_near,
    picture_of,
    plain_file,
    quarters,
    stored_as,
)
from validate.examine import examine

# What an upright picture shows at the top left, top right, bottom left and bottom right once it
# is turned by each orientation of EXIF.
TURNED = {
    1: (RED, GREEN, BLUE, PALE),
    2: (GREEN, RED, PALE, BLUE),
    3: (PALE, BLUE, GREEN, RED),
    4: (BLUE, PALE, RED, GREEN),
    5: (RED, BLUE, GREEN, PALE),
    6: (BLUE, RED, PALE, GREEN),
    7: (PALE, GREEN, BLUE, RED),
    8: (GREEN, PALE, RED, BLUE),
}
CORNERS = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))


def assert_shows(
    picture: Image.Image, expected: tuple[tuple[int, ...], ...], tolerance: int = 12
) -> None:
    for place, color in zip(CORNERS, expected, strict=True):
        assert is_near(color_at(picture.convert("RGB"), *place), color, tolerance)


@pytest.mark.parametrize("orientation", TURNED)
def test_each_orientation_turns_a_picture(orientation: int) -> None:
    turned = upright(quarters(), orientation)

    assert turned.size == ((64, 96) if orientation >= 5 else (96, 64))
    assert_shows(turned, TURNED[orientation])


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_any_other_number_leaves_a_picture_as_it_is(orientation: int) -> None:
    assert_shows(upright(quarters(), orientation), TURNED[1])


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("with_preview", [False, True], ids=["sensor", "preview"])
def test_each_orientation_of_a_raw_turns_it_once(orientation: int, with_preview: bool) -> None:
    stored = stored_as(quarters(), orientation)
    preview = file_of(stored, quality=95) if with_preview else None

    result = convert_picture(dng(stored, orientation=orientation, preview=preview), "RAW",
                     max_pixels=10_000)  # fmt: skip

    assert (result.conversion.width, result.conversion.height) == (96, 64)
    assert result.conversion.orientation == orientation
    assert_shows(picture_of(result.data), TURNED[1], tolerance=20)


# ------------------------------------------------------------------------------------- layouts
LAYOUTS = {
    "1": "L", "L": "L", "LA": "LA", "La": "LA", "P": "RGB", "PA": "RGBA", "RGB": "RGB",
    "RGBA": "RGBA", "RGBa": "RGBA", "RGBX": "RGB", "CMYK": "CMYK", "YCbCr": "RGB", "LAB": "RGB",
    "HSV": "RGB", "I": "L", "F": "L", "I;16": "L", "I;16B": "L", "I;16L": "L", "I;16N": "L",
}  # fmt: skip


@pytest.mark.parametrize("mode", LAYOUTS)
def test_each_layout_becomes_one_of_eight_bits(mode: str) -> None:
    assert eight_bit(Image.new(mode, (4, 4))).mode == LAYOUTS[mode]


@pytest.mark.parametrize(
    ("mode", "transparent", "expected"),
    [("1", 0, "RGBA"), ("L", 7, "LA"), ("P", 0, "RGBA"), ("RGB", (1, 2, 3), "RGBA")],
)
def test_each_layout_with_a_transparent_color_gets_alpha(
    mode: str, transparent: int | tuple[int, int, int], expected: str
) -> None:
    image = Image.new(mode, (4, 4), transparent)
    image.info["transparency"] = transparent

    assert eight_bit(image).mode == expected
    assert eight_bit(image).getchannel("A").getextrema() == (0, 0)


# ---------------------------------------------------------------------------------- profiles
SPACES = {"GRAY": profiles.gray(1.8), "RGB": profiles.adobe_rgb(), "CMYK": profiles.cmyk()}
DESCRIBES = {"GRAY": {"L", "LA"}, "RGB": {"L", "LA", "RGB", "RGBA"}, "CMYK": {"CMYK"}}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "CMYK"])
def test_a_profile_counts_for_the_layouts_of_its_color_space(space: str, mode: str) -> None:
    found = srgb_transform(mode, StatedColor(SPACES[space]))

    if mode in DESCRIBES[space]:
        assert (found.transform is not None, found.warning) == (True, None)
    else:
        assert found.warning == f"ignored an ICC profile for {space}"
        assert (found.transform is not None) is (mode == "CMYK")  # as without any profile


# --------------------------------------------------------------------------------------- icons
def png(side: int) -> bytes:
    return plain_file("PNG", (side, side))


@pytest.mark.parametrize(
    ("first", "second", "shown"),
    [
        ((255, 255), (0, 0), 20),
        ((0, 0), (255, 255), 10),
        ((255, 0), (0, 0), 20),
        ((0, 255), (0, 0), 20),
        ((0, 0), (0, 255), 10),
        ((128, 0), (128, 255), 10),
        ((0, 128), (255, 128), 10),
        ((16, 16), (0, 0), 20),
        ((2, 8), (4, 3), 10),
    ],
)
def test_a_side_of_zero_in_an_icon_means_256(
    first: tuple[int, int], second: tuple[int, int], shown: int
) -> None:
    icon = bombs.icon((first, png(10)), (second, png(20)))

    assert examine(io.BytesIO(icon), "uploads/a", "", 10_000).width == shown


# ---------------------------------------------------------------------------- markers of JPEG
FRAMES = (0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
OTHERS = (0xC4, 0xC8, 0xCC, 0xDB, 0xDD, 0xE0, 0xEF, 0xFE)


def segment(marker: int, bits: int) -> bytes:
    """A segment that would be the frame of a picture of 40 × 30, if its marker says so."""
    return struct.pack(">BBHBHHB", 0xFF, marker, 11, bits, 30, 40, 1) + b"\1\x11\0"


@pytest.mark.parametrize("bits", [12, 16])
@pytest.mark.parametrize("marker", FRAMES)
def test_each_kind_of_frame_says_its_depth(marker: int, bits: int) -> None:
    found = refusal(b"\xff\xd8" + segment(marker, bits) + b"\xff\xda", "JPEG")

    assert found.startswith(f"unsupported_format: The picture is a JPEG of {bits} bits")


@pytest.mark.parametrize("marker", OTHERS)
def test_no_other_segment_says_a_depth(marker: int) -> None:
    assert refusal(b"\xff\xd8" + segment(marker, 12) + b"\xff\xda", "JPEG") == ""


@pytest.mark.parametrize("bits", [2, 8])
def test_a_lossless_jpeg_of_other_depths_is_called_that(bits: int) -> None:
    found = refusal(b"\xff\xd8" + segment(0xC3, bits) + b"\xff\xda", "JPEG")

    assert found.startswith("unsupported_format: The picture is a lossless JPEG")


@pytest.mark.parametrize("marker", [0x00, 0x01, *range(0xD0, 0xD9)])
def test_a_marker_that_stands_alone_has_no_segment(marker: int) -> None:
    data = b"\xff\xd8\xff" + bytes([marker]) + segment(0xC0, 12) + b"\xff\xda"

    assert "12 bits" in refusal(data, "JPEG")


SCANS = 1_100


@pytest.mark.parametrize(
    ("marker", "components", "counted"),
    [
        # A sequential picture that has all of its components in the first scan has no other.
        (0xC0, 3, False),
        (0xC1, 3, False),
        (0xC0, 1, True),
        (0xC1, 1, True),
        (0xC2, 3, True),
        (0xC9, 3, True),
        (0xCA, 3, True),
    ],
)
def test_scans_count_where_a_decoder_looks_for_more_than_one(
    marker: int, components: int, counted: bool
) -> None:
    frame = struct.pack(">BBHBHHB", 0xFF, marker, 17, 8, 30, 40, 3) + b"\1\x11\0" * 3
    scan = struct.pack(">BBHB", 0xFF, 0xDA, 6 + 2 * components, components)
    scan += b"\1\0" * components + b"\0\x3f\0" + b"data"
    data = b"\xff\xd8" + frame + scan * SCANS + b"\xff\xd9"

    assert ("passes" in refusal(data, "JPEG")) is counted


def test_what_follows_the_end_of_a_jpeg_is_no_scan() -> None:
    jpeg = plain_file("JPEG", progressive=True)

    assert refusal(jpeg + b"\xff\xda" * SCANS, "JPEG") == ""
    assert "passes" in refusal(jpeg.removesuffix(b"\xff\xd9") + b"\xff\xda" * SCANS, "JPEG")


# ------------------------------------------------------------------------------ tiles of TIFF
SHORT, LONG = 3, 4


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [SHORT, LONG])
@pytest.mark.parametrize("is_big", [False, True], ids=["TIFF", "BigTIFF"])
def test_a_tile_is_measured_in_every_kind_of_tiff(is_big: bool, kind: int, order: str) -> None:
    entries = b"".join(
        struct.pack(f"{order}HH{'Q' if is_big else 'I'}", tag, kind, 1)
        + struct.pack(order + ("H" if kind == SHORT else "I"), number).ljust(
            8 if is_big else 4, b"\0"
        )
        for tag, number in ((256, 4), (257, 4), (322, 5_000), (323, 5_000))
    )
    mark = b"II" if order == "<" else b"MM"
    if is_big:
        head = mark + struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, 4)
    else:
        head = mark + struct.pack(f"{order}HIH", 42, 8, 4)

    assert "pixels in a tile" in refusal(head + entries + bytes(8), "TIFF")
