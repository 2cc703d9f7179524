"""AVIF and HEIF are cropped to their clean aperture, before they are turned and mirrored."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from metadata.extract import extract
from pictures import limits
from pictures.containers.clean_aperture import clean_aperture
from tests.support.color_files import avif_with, clap, heic_with
from tests.support.heif_files import box
from thumbnail.renditions import parse_specs, pixels_of
from validate.examine import examine

SIZE = (96, 64)
QUARTER_TURN, MIRRORED = box(b"irot", b"\1"), box(b"imir", b"\1")
TOP_LEFT = clap(48, 32, -24, -16)


def slopes() -> Image.Image:
    """Red grows from left to right, green from top to bottom."""
    red = Image.linear_gradient("L").rotate(90).resize(SIZE)
    green = Image.linear_gradient("L").resize(SIZE)
    return Image.merge("RGB", (red, green, Image.new("L", SIZE)))


def stated_size(data: bytes, name: str) -> tuple[int | None, int | None]:
    facts = examine(io.BytesIO(data), f"uploads/a.{name}", "", limits.PIXELS)
    return facts.width, facts.height


@pytest.mark.parametrize(
    ("properties", "crop", "turned"),
    [
        ([TOP_LEFT], (0, 0, 48, 32), []),
        ([clap(48, 32)], (24, 16, 72, 48), []),
        ([clap(48, 32, 24, 16)], (48, 32, 96, 64), []),
        ([clap(47, 31, 0.5, 0.5)], (25, 17, 72, 48), []),
        ([clap(96, 64, 10)], (10, 0, 96, 64), []),
        ([clap(200, 100)], (0, 0, 96, 64), []),
        ([clap(0, 32)], (0, 0, 96, 64), []),
        ([clap(48, 32, 200)], (0, 0, 96, 64), []),
        ([TOP_LEFT, QUARTER_TURN], (0, 0, 48, 32), [Image.Transpose.ROTATE_90]),
        (
            [TOP_LEFT, QUARTER_TURN, MIRRORED],
            (0, 0, 48, 32),
            [Image.Transpose.ROTATE_90, Image.Transpose.FLIP_LEFT_RIGHT],
        ),
    ],
)
def test_an_avif_is_cropped_then_turned(
    properties: list[bytes], crop: tuple[int, int, int, int], turned: list[Image.Transpose]
) -> None:
    data = avif_with(slopes(), *properties)
    expected = slopes().crop(crop)
    for turn in turned:
        expected = expected.transpose(turn)

    (picture,) = pixels_of(data, parse_specs("a=96x96:inside:png"))
    found = extract(data, store_gps=False)

    assert picture.size == (found.width, found.height) == stated_size(data, "avif") == expected.size
    levels = zip(picture.convert("RGB").tobytes(), expected.tobytes(), strict=True)
    assert all(abs(one - other) <= 6 for one, other in levels)


def test_the_header_of_a_heic_states_the_cropped_size() -> None:
    assert stated_size(heic_with(TOP_LEFT), "heic") == (48, 32)
    assert stated_size(heic_with(TOP_LEFT, QUARTER_TURN), "heic") == (32, 48)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(31),
        bytes(32),
        struct.pack(">4I2i2i", 48, 0, 32, 1, 0, 1, 0, 1),
        struct.pack(">4I2i2i", 48, 1, 32, 1, 0, 0, 0, 1),
    ],
)
def test_an_aperture_that_makes_no_sense_is_ignored(content: bytes) -> None:
    assert clean_aperture(content, SIZE) is None
