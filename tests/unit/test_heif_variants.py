"""Layouts of HEIF that phones, cameras and editors write, each with its colors in place."""

from __future__ import annotations

import io
import struct

import pillow_heif
import pytest
from PIL import Image

from convert.decode import convert_picture
from tests.support.heif_files import (
    HEIC_SIZE,
    HEVC_CONFIGURATION,
    HEVC_DATA,
    Item,
    box,
    full_box,
    heif_file,
)
from tests.support.pictures import BLUE, GREEN, PALE, RED, quarters
from validate.examine import examine

_CODED, _SIZE, _CANVAS, _TURN, _CROP = 1, 2, 3, 4, 5
CANVAS, AT = (200, 120), (40, 20)
PROPERTIES = [
    box(b"hvcC", HEVC_CONFIGURATION),
    full_box(b"ispe", struct.pack(">II", *HEIC_SIZE)),
    full_box(b"ispe", struct.pack(">II", *CANVAS)),
    box(b"irot", bytes([1])),
    # The left half: 48 × 64, with its center 24 to the left of that of the picture.
    box(b"clap", struct.pack(">8i", 48, 1, 64, 1, -24, 1, 0, 1)),
]


def shown(heif: bytes) -> Image.Image:
    """The converted picture; its size is that of the header."""
    facts = examine(io.BytesIO(heif), "uploads/a.heic", "", 1_000_000)
    assert facts.format == "HEIF"
    made = convert_picture(heif, "HEIF", max_pixels=1_000_000)
    picture = Image.open(io.BytesIO(made.data)).convert("RGB")
    assert picture.size == (facts.width, facts.height)
    return picture


def assert_quarters(picture: Image.Image, tolerance: int = 6) -> None:
    width, height = picture.size
    points = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    for point, color in zip(points, (RED, GREEN, BLUE, PALE), strict=True):
        found = picture.getpixel(point)
        assert max(abs(a - b) for a, b in zip(found, color, strict=True)) <= tolerance, found  # type: ignore[arg-type]


def encoded(bits: int, chroma: int, tile_size: int = 0) -> bytes:
    file = io.BytesIO()
    levels = quarters().tobytes()
    if bits == 8:
        picture = pillow_heif.from_bytes("RGB", HEIC_SIZE, levels)
    else:
        deep = b"".join(struct.pack("<H", level * 257) for level in levels)
        picture = pillow_heif.from_bytes("RGB;16", HEIC_SIZE, deep)
    picture.save(file, quality=90, chroma=chroma, tile_size=tile_size)
    return file.getvalue()


@pytest.mark.parametrize("chroma", [420, 422, 444])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_every_depth_and_chroma(monkeypatch: pytest.MonkeyPatch, bits: int, chroma: int) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", bits == 12)
    heif = encoded(bits, chroma)
    assert pillow_heif.open_heif(heif).info["bit_depth"] == bits
    assert pillow_heif.open_heif(heif).info["chroma"] == chroma

    assert_quarters(shown(heif))


def test_a_grid_whose_tiles_reach_past_its_edges() -> None:
    assert_quarters(shown(encoded(8, 420, tile_size=64)))


def test_an_identity_is_turned_after_what_it_is_derived_from() -> None:
    items = [
        Item(1, b"iden", b"", (_SIZE, _TURN), (b"dimg", (2,))),
        Item(2, b"hvc1", HEVC_DATA, (_CODED, _SIZE), flags=1),
    ]

    picture = shown(heif_file(items, PROPERTIES, b"heic"))

    assert picture.size == HEIC_SIZE[::-1]
    assert_quarters(picture.transpose(Image.Transpose.ROTATE_270))


def test_an_overlay_shows_pictures_on_its_background() -> None:
    background = struct.pack(">4H", 0xFFFF, 0x8080, 0, 0xFFFF)
    places = struct.pack(">2H2h", *CANVAS, *AT)
    items = [
        Item(1, b"iovl", bytes(2) + background + places, (_CANVAS,), (b"dimg", (2,))),
        Item(2, b"hvc1", HEVC_DATA, (_CODED, _SIZE), flags=1),
    ]

    picture = shown(heif_file(items, PROPERTIES, b"heic"))

    assert picture.size == CANVAS
    assert_quarters(picture.crop((*AT, AT[0] + HEIC_SIZE[0], AT[1] + HEIC_SIZE[1])))
    corner = picture.getpixel((5, 5))
    assert max(abs(a - b) for a, b in zip(corner, (255, 128, 0), strict=True)) <= 6  # type: ignore[arg-type]


def test_a_clean_aperture_crops_before_the_turn() -> None:
    item = Item(1, b"hvc1", HEVC_DATA, (_CODED, _SIZE, _CROP, _TURN))

    picture = shown(heif_file([item], PROPERTIES, b"heic"))

    assert picture.size == (64, 48)
    upright = picture.transpose(Image.Transpose.ROTATE_270)
    assert upright.getpixel((24, 16))[0] > 200  # type: ignore[index] # red
    assert upright.getpixel((24, 48))[2] > 190  # type: ignore[index] # blue


def test_the_base_of_a_tone_mapped_picture_is_shown() -> None:
    items = [
        Item(1, b"hvc1", HEVC_DATA, (_CODED, _SIZE)),
        Item(2, b"hvc1", HEVC_DATA, (_CODED, _SIZE), flags=1),
        Item(3, b"tmap", bytes(80), (_SIZE,), (b"dimg", (1, 2))),
    ]

    assert_quarters(shown(heif_file(items, PROPERTIES, b"heic")))
