"""PNGs in which one level or color is transparent, in every depth (chapter 11.3.1.1)."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from metadata.extract import extract
from tests.support import bombs
from thumbnail.renditions import parse_specs, render

SPECS = parse_specs("a=16x16:inside:png:80")
GRAY, RGB = 0, 2


def png(depth: int, color: int, pixels: bytes, transparent: bytes, *, side: int = 8) -> bytes:
    """A square whose rows are all the same."""
    header = struct.pack(">IIBBBBB", side, side, depth, color, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"tRNS", transparent),
        (b"IDAT", zlib.compress((b"\0" + pixels) * side)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(bombs.chunk(*chunk) for chunk in chunks)


def alphas(data: bytes) -> list[int]:
    """The alpha of each column, of which the metadata knows."""
    assert extract(data, store_gps=False).has_alpha is True
    (rendition,) = render(data, SPECS, format_name="PNG")
    picture = Image.open(io.BytesIO(rendition.data)).convert("RGBA")
    return list(picture.crop((0, 3, picture.width, 4)).getchannel("A").tobytes())


def gray(depth: int, levels: list[int]) -> bytes:
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


@pytest.mark.parametrize("stray", [0, 0xAB00], ids=["exact", "with stray high bits"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_the_low_bits_of_a_transparent_level_count(depth: int, stray: int) -> None:
    top = (1 << depth) - 1
    levels = [0, top, min(1, top), top - 1, 0, top, 0, top]
    for clear in sorted(set(levels)):
        stored = struct.pack(">H", clear | stray)
        expected = [0 if level == clear else 255 for level in levels]
        assert alphas(png(depth, GRAY, gray(depth, levels), stored)) == expected


def test_all_bits_of_a_transparent_level_of_sixteen_count() -> None:
    levels = [0x1234, 0x1235, 0x12FF, 0x3412, 0, 0xFFFF, 0x1234, 0x34]
    data = png(16, GRAY, struct.pack(">8H", *levels), struct.pack(">H", 0x1234))
    assert alphas(data) == [0, 255, 255, 255, 255, 255, 0, 255]


def test_all_bits_of_a_transparent_color_of_sixteen_count() -> None:
    clear = (0x1234, 0x0056, 0xFF00)
    near = [clear, (0x12FF, 0x56, 0xFF00), (0x1234, 0x57, 0xFF00), (0x1234, 0x56, 0xFF01), clear,
            (0x1334, 0x56, 0xFF00), (0, 0, 0), (0x3412, 0x5600, 0x00FF)]  # fmt: skip
    pixels = struct.pack(">24H", *(level for color in near for level in color))
    data = png(16, RGB, pixels, struct.pack(">3H", *clear))
    assert alphas(data) == [0, 255, 255, 255, 0, 255, 255, 255]


def test_the_low_bytes_of_a_transparent_color_of_eight_bits_count() -> None:
    near = [(1, 2, 3), (1, 2, 4), (0, 2, 3), (1, 3, 3)] * 2
    pixels = bytes(level for color in near for level in color)
    data = png(8, RGB, pixels, struct.pack(">3H", 0x7701, 0x0102, 0xFF03))
    assert alphas(data) == [0, 255, 255, 255] * 2


@pytest.mark.parametrize(("color", "length"), [(GRAY, 1), (GRAY, 0), (RGB, 5), (RGB, 0)])
def test_a_truncated_transparent_color_is_ignored(color: int, length: int) -> None:
    data = png(8, color, bytes(24 if color == RGB else 8), bytes(length))
    (rendition,) = render(data, SPECS, format_name="PNG")

    assert extract(data, store_gps=False).has_alpha is False
    assert "A" not in Image.open(io.BytesIO(rendition.data)).getbands()
