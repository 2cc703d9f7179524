from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image

from pictures.color import flatten
from pictures.decode import decode, open_picture
from pictures.layouts import eight_bit
from tests.support.color_difference import worst_difference
from tests.support.pictures import file_of, quarters


def decoded(data: bytes) -> Image.Image:
    picture = open_picture(data)
    decode(picture)
    return eight_bit(picture)


def levels_of(image: Image.Image) -> list[int]:
    return list(image.tobytes())


def numbers(mode: str, code: str, values: list[float]) -> Image.Image:
    return Image.frombytes(mode, (len(values), 1), struct.pack(f"<{len(values)}{code}", *values))


@pytest.mark.parametrize("format_name", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(format_name: str) -> None:
    ramp = numbers("I;16", "H", [0, 128, 257, 1000, 32896, 65278, 65535])

    image = decoded(file_of(ramp, format_name))

    assert (image.mode, levels_of(image)) == ("L", [0, 0, 1, 4, 128, 254, 255])


def test_big_endian_sixteen_bits_are_the_same() -> None:
    ramp = Image.frombytes("I;16B", (4, 1), struct.pack(">4H", 0, 257, 32896, 65535))

    assert levels_of(decoded(file_of(ramp, "TIFF"))) == [0, 1, 128, 255]


def test_sixteen_bit_color_keeps_its_levels() -> None:
    row = b"\0" + struct.pack(">6H", 0, 32896, 65535, 65535, 257, 0)

    assert levels_of(decoded(png_of(2, 1, 16, 2, row))) == [0, 128, 255, 255, 1, 0]


def png_of(width: int, height: int, bits: int, kind: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG of given depth and color type, which Pillow cannot write."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    extra = b"".join(chunk(piece[:4], piece[4:]) for piece in chunks)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def test_the_transparent_color_of_a_sixteen_bit_picture_is_transparent() -> None:
    row = b"\0" + struct.pack(">6H", 0x1234, 0x5678, 0x9ABC, 65535, 0, 0)
    clear = b"tRNS" + struct.pack(">3H", 0x1234, 0x5678, 0x9ABC)

    image = decoded(png_of(2, 1, 16, 2, row, clear))

    assert image.mode == "RGBA"
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(0x12, 0x56, 0x9A, 0), (255, 0, 0, 255)]


def test_the_transparent_level_of_a_sixteen_bit_gray_is_transparent() -> None:
    row = b"\0" + struct.pack(">3H", 0x1234, 0x1235, 0x1334)

    image = decoded(png_of(3, 1, 16, 0, row, b"tRNS" + struct.pack(">H", 0x1234)))

    assert (image.mode, levels_of(image.getchannel("A"))) == ("LA", [0, 255, 255])


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([0.0, 0.25, 0.5, 1.0], [0, 137, 188, 255]),
        ([0.0, 0.25, 1.0, 4.0], [0, 137, 255, 255]),
        ([0.0, 20.4, 200.0, 255.0], [0, 20, 200, 255]),
        ([0.0, 257.0, 32896.0, 65535.0], [0, 1, 128, 255]),
        ([-1.0, 0.0, 1.0, 3.0], [0, 64, 128, 255]),
        ([5e9, 5e9, 5e9, 5e9], [0, 0, 0, 0]),
    ],
)
def test_floats_are_scaled_by_their_range(values: list[float], levels: list[int]) -> None:
    image = decoded(file_of(numbers("F", "f", values), "TIFF"))

    assert (image.mode, levels_of(image)) == ("L", levels)


def test_nan_and_infinity_do_not_fail() -> None:
    image = decoded(file_of(numbers("F", "f", [0.0, float("nan"), float("inf"), 1.0]), "TIFF"))

    assert (image.mode, image.getpixel((0, 0)), image.getpixel((3, 0))) == ("L", 0, 255)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([0, 20, 200, 255], [0, 20, 200, 255]),
        ([0, 257, 32896, 65535], [0, 1, 128, 255]),
        ([-1000, 0, 1000, 3000], [0, 64, 128, 255]),
    ],
)
def test_long_integers_are_scaled_by_their_range(values: list[float], levels: list[int]) -> None:
    assert levels_of(decoded(file_of(numbers("I", "i", values), "TIFF"))) == levels


def test_one_bit_becomes_black_and_white() -> None:
    bits = Image.frombytes("1", (8, 1), b"\xaa")

    for format_name in ("PNG", "TIFF", "BMP"):
        image = decoded(file_of(bits, format_name))
        assert (image.mode, levels_of(image)) == ("L", [255, 0] * 4)


def test_a_palette_becomes_its_colors() -> None:
    image = decoded(file_of(quarters().quantize(4), "PNG"))

    assert (image.mode, image.tobytes()) == ("RGB", quarters().tobytes())


@pytest.mark.parametrize("format_name", ["PNG", "GIF"])
def test_the_transparent_color_of_a_palette_is_transparent(format_name: str) -> None:
    palette = Image.frombytes("P", (2, 1), b"\0\1")
    palette.putpalette([255, 0, 0, 0, 0, 255])

    image = decoded(file_of(palette, format_name, transparency=1))

    assert image.mode == "RGBA"
    assert image.getpixel((0, 0)) == (255, 0, 0, 255)
    clear = image.getpixel((1, 0))
    assert isinstance(clear, tuple)
    assert clear[3] == 0


def test_the_alpha_of_each_palette_entry_is_kept() -> None:
    palette = Image.frombytes("P", (3, 1), b"\0\1\2")
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])

    image = decoded(file_of(palette, "PNG", transparency=bytes((0, 100, 255))))

    assert levels_of(image.getchannel("A")) == [0, 100, 255]


def test_gray_with_alpha_stays_gray_with_alpha() -> None:
    source = Image.merge("LA", (Image.new("L", (4, 4), 90), Image.new("L", (4, 4), 33)))

    assert decoded(file_of(source, "PNG")).getpixel((0, 0)) == (90, 33)


def test_the_transparent_level_of_a_gray_picture_is_transparent() -> None:
    source = Image.frombytes("L", (2, 1), bytes((7, 9)))

    image = decoded(file_of(source, "PNG", transparency=7))

    assert (image.mode, levels_of(image)) == ("LA", [7, 0, 9, 255])


def test_lab_and_ycbcr_tiffs_become_rgb() -> None:
    lab = Image.merge("LAB", [Image.new("L", (4, 4), level) for level in (255, 128, 128)])

    image = decoded(file_of(lab, "TIFF"))

    assert image.mode == "RGB"
    assert all(level > 250 for level in levels_of(image))
    luma = decoded(file_of(quarters(), "TIFF", compression="jpeg", quality=95))
    assert worst_difference(luma, quarters()) < 12


def test_flattening_shows_the_background_through() -> None:
    image = Image.new("RGBA", (1, 1), (200, 0, 0, 128))

    assert flatten(image).getpixel((0, 0)) == (227, 127, 127)
    assert flatten(image, (0, 0, 255)).getpixel((0, 0)) == (100, 0, 127)
    gray = Image.merge("LA", (Image.new("L", (1, 1), 0), Image.new("L", (1, 1), 0)))
    assert (flatten(gray).mode, flatten(gray).getpixel((0, 0))) == ("L", 255)
    assert flatten(gray, (1, 2, 3)).getpixel((0, 0)) == (1, 2, 3)
