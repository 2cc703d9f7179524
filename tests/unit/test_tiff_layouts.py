"""TIFF sample layouts that scanners and instruments write and Pillow does not decode."""

from __future__ import annotations

import dataclasses
import io
import struct

import pytest
from PIL import Image, ImageChops

from image_pipeline.errors import ValidationError
from metadata.extract import extract
from moderate.samples import samples
from pictures import limits
from pictures.color import to_srgb
from tests.support.tiff_files import FLOAT, SIGNED, SIZE, Tiff
from thumbnail.renditions import parse_specs, render
from validate.examine import examine

SPECS = parse_specs("a=64x64:inside:png:80")


def rendered(data: bytes) -> Image.Image:
    facts = examine(io.BytesIO(data), "uploads/a.tif", "", limits.PIXELS)
    assert facts.format == "TIFF"
    assert samples(data, "TIFF", max_pixels=limits.PIXELS)
    (rendition,) = render(data, SPECS, format_name="TIFF")
    return Image.open(io.BytesIO(rendition.data))


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any level."""
    return max(ImageChops.difference(one, other).tobytes())


def spread(picture: Image.Image) -> Image.Image:
    """The picture with its darkest level black and its brightest white."""
    levels = picture.tobytes()
    low, high = min(levels), max(levels)
    return picture.point(lambda level: round((level - low) * 255 / (high - low)))


def on_white(picture: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")


LAYOUTS = {
    **{f"{bits} bits": Tiff(bits=bits) for bits in (2, 4, 6, 10, 12, 14, 24, 32, 64)},
    **{f"{bits} bits of gray": Tiff("L", bits) for bits in (6, 10, 12, 14, 24, 64)},
    "big-endian": Tiff(bits=32, order=">"),
    "big-endian, 10 bits": Tiff(bits=10, order=">"),
    "floats": Tiff(bits=32, kind=FLOAT),
    "floats, big-endian": Tiff(bits=32, kind=FLOAT, order=">"),
    "doubles of gray": Tiff("L", 64, FLOAT),
    "planes": Tiff(bits=12, planar=True),
    "planes of 16 bits": Tiff(bits=16, planar=True),
    "planes, packed": Tiff(bits=32, planar=True, packed=True),
    "16 bits of gray in a plane": Tiff("L", 16, planar=True),
    **{
        f"differences of {bits} bits{' in planes' * planar}": Tiff(
            bits=bits, order=order, planar=planar, packed=True, predictor=2
        )
        for bits, order, planar in [
            (8, "<", True),
            (16, ">", True),
            (32, "<", False),
            (32, ">", True),
        ]
    },
    "differences in tiles": Tiff(bits=32, tile=16, packed=True, predictor=2),
    "differences of five samples": Tiff("CMYKX", 16, extra=(0,), packed=True, predictor=2),
    "half floats": Tiff(bits=16, kind=FLOAT),
    "half floats, big-endian": Tiff(bits=16, kind=FLOAT, order=">"),
    **{
        f"differences of {bits}-bit floats": Tiff(
            bits=bits, kind=FLOAT, packed=True, predictor=3, tile=tile
        )
        for bits, tile in ((16, 0), (32, 16), (64, 0))
    },
    "floats of gray, packed, big-endian": Tiff("L", 32, FLOAT, order=">", packed=True),
    "floats, white is zero": Tiff("L", 32, FLOAT, white_is_zero=True),
    "signed": Tiff(bits=16, kind=SIGNED, is_signed_around_zero=True),
    "signed bytes of gray": Tiff("L", 8, SIGNED, is_signed_around_zero=True),
    "signed, 32 bits": Tiff("L", 32, SIGNED, order=">", packed=True, is_signed_around_zero=True),
    "32 bits of gray": Tiff("L", 32),
    "16 bits, white is zero": Tiff("L", 16, white_is_zero=True),
    "last bit first": Tiff("L", 4, fill_order=2),
    "last bit first, 16 bits": Tiff(bits=16, fill_order=2, packed=True),
    "a plane of no meaning": Tiff("RGBX", 8, planar=True, extra=(0,)),
    "tiles": Tiff(bits=24, tile=32),
    "tiles in planes, packed": Tiff(bits=12, tile=16, planar=True, packed=True),
    "packed": Tiff(bits=14, packed=True),
    "white is zero": Tiff("L", 10, white_is_zero=True),
}


def encoded(light: float) -> int:
    """The level of sRGB of linear light."""
    return round(
        255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055)
    )


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_shows_the_picture(name: str) -> None:
    tiff = LAYOUTS[name]
    mode = tiff.mode.removesuffix("X")
    shown = Image.merge(mode, tiff.levels()[: len(mode)])
    if tiff.white_is_zero:
        shown = ImageChops.invert(shown)
    if tiff.kind == FLOAT:
        shown = shown.point([encoded(level / 255) for level in range(256)] * len(mode))
    if mode == "CMYK":
        shown = to_srgb(shown)
    if tiff.is_signed_around_zero:
        shown = spread(shown)

    # Two bits are four levels.
    coarse = 255 // ((1 << min(tiff.bits, 8)) - 1) if tiff.bits < 8 else 0
    assert farthest(rendered(tiff.file()).convert(shown.mode), shown) <= coarse + 1


def test_alpha_is_kept() -> None:
    tiff = Tiff("RGBA", 12, alpha=2)
    assert farthest(on_white(rendered(tiff.file())), on_white(tiff.picture())) <= 2


def test_premultiplied_colors_are_divided_by_alpha() -> None:
    tiff = Tiff("RGBA", 12, alpha=1)
    shown = tiff.picture()
    freed = Image.frombytes("RGBa", shown.size, shown.tobytes()).convert("RGBA")
    assert farthest(on_white(rendered(tiff.file())), on_white(freed)) <= 3


@pytest.mark.parametrize("premultiplied", [False, True])
@pytest.mark.parametrize(
    "tiff",
    [
        Tiff("LA", 8, planar=True),
        Tiff("LA", 8, planar=True, packed=True),
        Tiff("LA", 8, planar=True, packed=True, predictor=2),
        Tiff("LA", 16),
    ],
    ids=["planes", "planes, packed", "differences in planes", "16 bits"],
)
def test_gray_keeps_its_alpha(tiff: Tiff, premultiplied: bool) -> None:
    shown = tiff.picture()
    if premultiplied:
        shown = Image.merge("La", shown.split()).convert("LA")
    file = dataclasses.replace(tiff, alpha=1 if premultiplied else 2).file()

    assert farthest(on_white(rendered(file)), on_white(shown)) <= 3


def test_an_orientation_is_applied_and_the_size_is_the_one_displayed() -> None:
    turned = Tiff(bits=12, orientation=6)
    facts = examine(io.BytesIO(turned.file()), "uploads/a.tif", "", limits.PIXELS)
    metadata = extract(turned.file(), store_gps=False)
    expected = turned.picture().transpose(Image.Transpose.ROTATE_270)

    assert (facts.width, facts.height) == (metadata.width, metadata.height) == SIZE[::-1]
    assert farthest(rendered(turned.file()).convert("RGB"), expected) <= 1


@pytest.mark.parametrize(
    ("tiff", "reason"),
    [
        (Tiff(bits=12, predictor=2), "unsupported_format"),
        (Tiff(bits=64, predictor=2, packed=True), "unsupported_format"),
        (Tiff(bits=12, kind=SIGNED), "unsupported_format"),
        (Tiff(bits=32, kind=FLOAT, photometric=8), "unsupported_format"),
        (Tiff(bits=12, photometric=10), "unsupported_format"),
    ],
    ids=[
        "differences of 12 bits",
        "of 64",
        "signed, 12 bits",
        "floats of CIELab",
        "another color space",
    ],
)
def test_other_layouts_are_unsupported(tiff: Tiff, reason: str) -> None:
    try:
        rendered(tiff.file())
        outcome = "accepted"
    except ValidationError as error:
        outcome = error.reason
    assert outcome == reason


@pytest.mark.parametrize("length", [200, 1000, 3000])
def test_a_truncated_tiff_is_corrupt(length: int) -> None:
    whole = Tiff(bits=12)
    directory = struct.unpack_from("<I", whole.file(), 4)[0]
    data = whole.file()[:8] + whole.file()[8 + length : directory] + whole.file()[directory:]
    shorter = data[:4] + struct.pack("<I", directory - length) + data[8:]

    with pytest.raises(ValidationError) as refusal:
        rendered(shorter)
    assert refusal.value.reason == "corrupt"
