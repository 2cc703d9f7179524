"""TIFFs whose colors are not plain gray or RGB: palettes, inks with alpha, CIELab, YCbCr."""

from __future__ import annotations

import dataclasses
import io
import struct

import pytest
from PIL import Image, ImageChops

from image_pipeline.errors import ValidationError
from metadata.extract import extract
from pictures.color import to_srgb
from tests.support import bombs
from tests.support.pictures import file_of
from tests.support.tiff_files import SIZE, Tiff
from thumbnail.renditions import parse_specs, render

SPECS = parse_specs("a=64x64:inside:png:80")
CIELAB, ICCLAB, YCBCR, PALETTE = 8, 9, 6, 3


def rendered(data: bytes) -> Image.Image:
    (rendition,) = render(data, SPECS, format_name="TIFF")
    return Image.open(io.BytesIO(rendition.data))


def farthest(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any level."""
    return max(ImageChops.difference(one, other).tobytes())


# --------------------------------------------------------------------------------------- palettes
RAINBOW = [(level, 255 - level, level * 7 % 256) for level in range(256)]


def color_map(entries: int, *, bits: int = 16) -> tuple[int, ...]:
    colors = [RAINBOW[entry * 255 // (entries - 1)] for entry in range(entries)]
    return tuple(color[band] * (257 if bits == 16 else 1) for band in range(3) for color in colors)


def painted(tiff: Tiff) -> Image.Image:
    """The picture with the color of each index."""
    indices = tiff.levels()[0].tobytes()
    entries = 1 << min(tiff.bits, 8)
    colors = [RAINBOW[level * (entries - 1) // 255 * 255 // (entries - 1)] for level in indices]
    return Image.frombytes("RGB", SIZE, bytes(band for color in colors for band in color))


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("fill_order", [1, 2])
def test_palettes_of_any_size_are_shown(bits: int, fill_order: int) -> None:
    tiff = Tiff(
        "L", bits, photometric=PALETTE, color_map=color_map(1 << bits), fill_order=fill_order
    )
    assert farthest(rendered(tiff.file()).convert("RGB"), painted(tiff)) <= 1


def test_a_palette_in_eight_bits_is_not_black() -> None:
    tiff = Tiff("L", 8, photometric=PALETTE, color_map=color_map(256, bits=8))
    assert farthest(rendered(tiff.file()).convert("RGB"), painted(tiff)) == 0


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [False, True])
def test_a_palette_may_have_alpha(bits: int, planar: bool) -> None:
    tiff = Tiff("LA", bits, photometric=PALETTE, alpha=2, planar=planar,
                color_map=color_map(1 << bits))  # fmt: skip
    shown = rendered(tiff.file())
    visible = Image.composite(painted(tiff), Image.new("RGB", SIZE), tiff.levels()[1])

    assert farthest(shown.getchannel("A"), tiff.levels()[1]) == 0
    assert farthest(Image.composite(shown, Image.new("RGBA", SIZE), shown.getchannel("A"))
                    .convert("RGB"), visible) <= 1  # fmt: skip


# --------------------------------------------------------------------------------- inks and alpha
@pytest.mark.parametrize("premultiplied", [False, True])
@pytest.mark.parametrize(
    "tiff",
    [Tiff("CMYKA", 8), Tiff("CMYKA", 16, order=">"), Tiff("CMYKA", 8, planar=True, packed=True)],
    ids=["8 bits", "16 bits", "planes"],
)
def test_inks_keep_their_alpha(tiff: Tiff, premultiplied: bool) -> None:
    *inks, alpha = tiff.levels()
    if premultiplied:  # the stored inks are those on the page times alpha
        stored = [ImageChops.multiply(ink, alpha) for ink in inks]
        tiff = dataclasses.replace(tiff, levels_given=(*stored, alpha))
    file = dataclasses.replace(tiff, photometric=5, alpha=1 if premultiplied else 2).file()
    shown, expected = rendered(file), to_srgb(Image.merge("CMYK", inks))
    is_visible = alpha.point(lambda level: 255 * (level > 200))
    black = Image.new("RGB", SIZE)

    assert extract(file, store_gps=False).has_alpha is True
    assert farthest(shown.getchannel("A"), alpha) == 0
    assert farthest(Image.composite(shown.convert("RGB"), black, is_visible),
                    Image.composite(expected, black, is_visible)) <= 6  # fmt: skip


def test_alpha_may_come_after_another_sample() -> None:
    tiff = Tiff("RGBAX", 8, extra=(0, 2))
    assert farthest(rendered(tiff.file()).getchannel("A"), tiff.levels()[4]) == 0


# ----------------------------------------------------------------------------------------- CIELab
#  L*, a* and b* of colors in sRGB, for D50.
LAB_COLORS = {
    (255, 255, 255): (100.0, 0.0, 0.0),
    (119, 119, 119): (50.03, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
    (200, 80, 80): (50.79, 48.73, 25.99),
    (60, 120, 180): (48.56, -5.04, -38.22),
    (120, 180, 60): (67.41, -34.79, 52.23),
}


def stored_lab(photometric: int, bits: int, lab: tuple[float, ...]) -> tuple[int, ...]:
    if photometric == CIELAB:
        top, step = (255, 1) if bits == 8 else (65535, 256)
        around = tuple(round(value * step) % (top + 1) for value in lab[1:])
        return (round(lab[0] * top / 100), *around)
    step = 1 if bits == 8 else 256
    return (round(lab[0] * 2.55 * step), *(round((value + 128) * step) for value in lab[1:]))


@pytest.mark.parametrize("photometric", [CIELAB, ICCLAB])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("order", ["<", ">"])
def test_cielab_is_converted(photometric: int, bits: int, order: str) -> None:
    for rgb, lab in LAB_COLORS.items():
        numbers = stored_lab(photometric, bits, lab)
        tiff = Tiff("RGB", bits, photometric=photometric, order=order,
                    numbers_given=numbers)  # fmt: skip
        shown = rendered(tiff.file()).convert("RGB").getpixel((20, 20))
        assert isinstance(shown, tuple)
        assert max(abs(one - other) for one, other in zip(shown, rgb, strict=True)) <= 3


# ------------------------------------------------------------------------------------------ YCbCr
Y_CB_CR = {"red": (76, 85, 255), "green": (150, 44, 21), "gray": (90, 128, 128)}
RGB = {"red": (254, 0, 0), "green": (0, 255, 1), "gray": (90, 90, 90)}


def ycbcr(horizontal: int, vertical: int, *, tile: int = 0, packed: bool = False) -> bytes:
    """Three columns of 16 pixels, red, green and gray, 32 high, with subsampled chroma."""
    width, height = 48, 32
    across, down = (tile, tile) if tile else (width, 8)

    def block(left: int) -> bytes:
        luma, blue, red = Y_CB_CR[("red", "green", "gray")[left // 16]]
        return bytes([luma] * (horizontal * vertical) + [blue, red])

    pieces = [
        b"".join(block(x) for _ in range(down // vertical)
                 for x in range(left, left + across, horizontal))
        for _ in range(0, height, down)
        for left in range(0, width, across)
    ]  # fmt: skip
    tiff = Tiff("RGB", 8, photometric=YCBCR, tile=tile, packed=packed, pieces_given=tuple(pieces),
                subsampling=(horizontal, vertical))  # fmt: skip
    return tiff.file()


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
@pytest.mark.parametrize("tile", [0, 16], ids=["strips", "tiles"])
@pytest.mark.parametrize("factors", [(1, 1), (2, 1), (2, 2), (1, 2), (4, 1), (4, 2), (4, 4)])
def test_subsampled_colors_are_shown(factors: tuple[int, int], tile: int, packed: bool) -> None:
    shown = rendered(ycbcr(*factors, tile=tile, packed=packed)).convert("RGB")

    assert shown.size == (48, 32)
    for column, name in enumerate(("red", "green", "gray")):
        color = shown.getpixel((16 * column + 8, 20))
        assert isinstance(color, tuple)
        assert max(abs(one - other) for one, other in zip(color, RGB[name], strict=True)) <= 2


def test_subsampled_planes_are_unsupported() -> None:
    tiff = Tiff("RGB", 8, photometric=YCBCR, planar=True, subsampling=(2, 2))
    with pytest.raises(ValidationError) as refusal:
        rendered(tiff.file())
    assert refusal.value.reason == "unsupported_format"


@pytest.mark.parametrize("compression", [34712, 50001, 50002, 60000])
def test_a_compression_that_is_not_read_is_unsupported(compression: int) -> None:
    data = Tiff("RGB", 8).file()
    entry = struct.pack("<HHII", 259, 4, 1, 1)
    other = data.replace(entry, struct.pack("<HHII", 259, 4, 1, compression))
    assert other != data

    with pytest.raises(ValidationError, match="save it with LZW or ZIP") as refusal:
        rendered(other)
    assert refusal.value.reason == "unsupported_format"


def test_the_high_dynamic_range_of_logluv_is_shown() -> None:
    """Each row is coded by byte: runs of 48, of the same exponent, mantissa, u and v."""
    gray = (0x3F, 0x7C, 0x56, 0xC2)  # light of 0.7, and the white of equal energy
    row = b"".join(bytes((128 + 48 - 2, byte)) for byte in gray)
    tiff = Tiff("RGB", 32, kind=3, photometric=32845, compression=34676,
                pieces_given=(row * 8,) * 4)  # fmt: skip
    red, green, blue = rendered(tiff.file()).convert("RGB").getpixel((20, 20))  # type: ignore[misc]

    assert max(red, green, blue) - min(red, green, blue) < 12
    assert 100 < green < 250


def test_gray_in_an_old_style_jpeg_is_shown() -> None:
    picture = Image.linear_gradient("L").resize((32, 32))
    coded = file_of(picture, "JPEG", quality=95)

    def old_style(at: int) -> bytes:
        fields = {256: 32, 257: 32, 259: 6, 278: 32, 273: at, 279: len(coded), 512: 1, 513: at,
                  514: len(coded)}  # fmt: skip
        return bombs.tiff({tag: (4, 1, number) for tag, number in fields.items()}, tail=coded)

    data = old_style(len(old_style(0)) - len(coded))
    assert farthest(rendered(data).convert("L"), picture) <= 6
