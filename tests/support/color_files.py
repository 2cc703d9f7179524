"""Makes files that name their color space without an ICC profile."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from pictures.containers.heif_items import read_items
from tests.support.heif_files import HEVC_CONFIGURATION, HEVC_DATA, Item, box, full_box, heif_file
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SRGB_CHROMATICITIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
P3_CHROMATICITIES = (0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
_HEADER_END = 33


def png_with(picture: Image.Image, *chunks: bytes, **options: object) -> bytes:
    """A PNG with more chunks after its header."""
    data = file_of(picture, "PNG", **options)
    return data[:_HEADER_END] + b"".join(chunks) + data[_HEADER_END:]


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> bytes:
    return chunk(b"cICP", bytes((primaries, transfer, matrix, full_range)))


def gama(gamma: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(100_000 / gamma)))


def chrm(chromaticities: Sequence[float] = SRGB_CHROMATICITIES) -> bytes:
    return chunk(b"cHRM", struct.pack(">8I", *(round(100_000 * each) for each in chromaticities)))


def clli(brightest: float) -> bytes:
    return chunk(b"cLLI", struct.pack(">II", round(brightest * 10_000), 0))


def mdcv(brightest: float) -> bytes:
    return chunk(b"mDCV", bytes(16) + struct.pack(">II", round(brightest * 10_000), 1))


def coded_avif(picture: Image.Image, primaries: int, transfer: int, **options: object) -> bytes:
    """An AVIF whose `nclx` has these code points."""
    data = file_of(picture, "AVIF", quality=100, subsampling="4:4:4", speed=9, **options)
    return recoded(data, primaries, transfer)


def recoded(data: bytes, primaries: int, transfer: int) -> bytes:
    """An HEIF or AVIF with other code points in its `nclx`."""
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", primaries, transfer) + data[at + 4 :]


def heic_with(*properties: bytes) -> bytes:
    """A HEIC that shows `quarters()`, with more properties."""
    kept = [box(b"hvcC", HEVC_CONFIGURATION), full_box(b"ispe", struct.pack(">II", 96, 64))]
    kept += properties
    picture = Item(1, b"hvc1", HEVC_DATA, tuple(range(1, len(kept) + 1)))
    return heif_file([picture], kept, b"heic")


def jp2_with(picture: Image.Image, *specifications: bytes) -> bytes:
    """A JP2 with these `colr` boxes instead of its own."""
    data = file_of(picture, "JPEG2000")
    start = data.index(b"colr") - 4
    end = start + int.from_bytes(data[start : start + 4], "big")
    boxes = b"".join(box(b"colr", each) for each in specifications)
    header = data.index(b"jp2h") - 4
    length = int.from_bytes(data[header : header + 4], "big") + len(boxes) - (end - start)
    kept = data[header + 4 : start]
    return data[:header] + struct.pack(">I", length) + kept + boxes + data[end:]


def strip_of(colors: Sequence[tuple[int, int, int]], side: int = 8) -> Image.Image:
    """A picture of one square for each color, from left to right."""
    picture = Image.new("RGB", (side * len(colors), side))
    for index, color in enumerate(colors):
        picture.paste(color, (index * side, 0, (index + 1) * side, side))
    return picture


def colors_in(picture: Image.Image, count: int) -> list[tuple[int, ...]]:
    """The colors in the middle of each of `count` squares from left to right."""
    row = picture.convert("RGB").resize((count, 1), Image.Resampling.NEAREST).tobytes()
    return [tuple(row[3 * index : 3 * index + 3]) for index in range(count)]


def avif_with(picture: Image.Image, *properties: bytes, **options: object) -> bytes:
    """An AVIF with more properties, all of them essential."""
    data = file_of(picture, "AVIF", quality=100, subsampling="4:4:4", speed=9, **options)
    items = read_items(BytesIO(data))
    assert items
    (found,) = (item for item in items.by_number.values() if item.kind == b"av01")
    ((start, end),) = found.extents
    kept = [box(kind, content) for kind, content in found.properties]
    numbers = (
        *range(1, len(kept) + 1),
        *(0x80 | len(kept) + 1 + n for n in range(len(properties))),
    )
    return heif_file([Item(1, b"av01", data[start:end], numbers)], [*kept, *properties], b"avif")


def clap(width: float, height: float, across: float = 0, down: float = 0) -> bytes:
    """A clean aperture, in pixels, around the center and an offset from it."""
    numbers = (round(each * 2) for each in (width, height, across, down))
    return box(b"clap", struct.pack(">4I2i2i", *(each for n in numbers for each in (n, 2))))
