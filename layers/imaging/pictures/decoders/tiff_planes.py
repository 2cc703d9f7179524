"""The bytes of every sample of a TIFF, decompressed by libtiff through Pillow.

Each plane is decoded as 8-bit gray whose rows are as wide as they have bytes, which undoes the
compression whatever the layout is. Differences between neighbors (predictors) are undone
afterwards, again by libtiff: each sample is put into a picture of its own for that.
"""

from __future__ import annotations

import math
import struct
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image

from pictures.containers.tiff_directories import LONG, StoredField, directory_bytes, header_bytes
from pictures.decoders.tiff_layouts import LOG_LUV

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.decoders.tiff_layouts import Layout

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIPS, _SAMPLES, _ROWS, _STRIP_LENGTHS = 273, 277, 278, 279
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_LENGTHS = 317, 322, 323, 324, 325
_DEFLATE, _DIFFERENCES = 8, 2
_PIECE = 4 * 1024 * 1024
_INTEGERS = {8: ("L", "L"), 16: ("I;16", "I;16N"), 32: ("I", "I;32N")}


class Numbers(NamedTuple):
    """One sample of all pixels: `octets` bytes each, the least significant first."""

    octets: int
    data: bytes


def packed_rows(layout: Layout, data: memoryview, tags: Any, plane: int) -> Image.Image:
    """Return one plane as 8-bit gray: each byte of its rows is a pixel."""
    row = math.ceil(layout.width * layout.plane_samples * layout.bits / 8)
    planes = layout.samples if layout.is_planar else 1
    fields = {
        _COMPRESSION: tags.get(_COMPRESSION, 1),
        _FILL_ORDER: tags.get(_FILL_ORDER, 1),
    }
    if _TILES in tags:
        tile_row = tags[_TILE_WIDTH] * layout.plane_samples * layout.bits // 8
        across = math.ceil(layout.width / tags[_TILE_WIDTH])
        fields |= {_TILE_WIDTH: tile_row, _TILE_HEIGHT: tags[_TILE_HEIGHT]}
        width, offsets, lengths = across * tile_row, _TILES, _TILE_LENGTHS
    else:
        fields |= {_ROWS: min(tags.get(_ROWS, layout.height), layout.height)}
        width, offsets, lengths = row, _STRIPS, _STRIP_LENGTHS
    count = len(tags[offsets]) // planes
    part = slice(plane * count, (plane + 1) * count)
    fields |= {offsets: tags[offsets][part], lengths: tags[lengths][part]}
    fields |= {_WIDTH: width, _HEIGHT: layout.height}
    fields |= {_BITS: 8, _PHOTOMETRIC: 1, _SAMPLES: 1}
    gray = with_directory(data, fields, tags.prefix)
    picture = through_libtiff("L", (width, layout.height), gray, "L")
    if width == row or layout.predictor > 1:
        return picture
    return picture.crop((0, 0, row, layout.height))


def numbers_of(layout: Layout, data: memoryview, tags: Any) -> Iterator[Numbers]:
    """Yield the shown samples of a layout whose samples are whole bytes."""
    if layout.is_planar:
        for plane in layout.wanted:
            yield _numbers(layout, tags, packed_rows(layout, data, tags, plane), 0)
        return
    rows = packed_rows(layout, data, tags, 0)
    for sample in layout.wanted:
        yield _numbers(layout, tags, rows, sample)


def luminance(data: memoryview, tags: Any) -> Image.Image:
    """Return a picture in LogL or LogLuv coding: libtiff maps its range of light to 8 bits."""
    kept = {_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _ROWS, _TILE_WIDTH, _TILE_HEIGHT}
    kept |= {_STRIPS, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS}
    fields = {tag: tags[tag] for tag in kept if tag in tags}
    mode = "RGB" if tags[_PHOTOMETRIC] == LOG_LUV else "L"
    file = with_directory(data, {**fields, _BITS: (8,) * len(mode)}, tags.prefix)
    return through_libtiff(mode, (tags[_WIDTH], tags[_HEIGHT]), file, mode)


def with_directory(data: memoryview, fields: dict[int, Any], prefix: bytes) -> bytes:
    """Return a TIFF with the same strips or tiles and another directory.

    Args:
        data: the file.
        fields: unsigned numbers or tuples of them, by tag.
        prefix: the mark of its byte order.
    """
    order = ">" if prefix == b"MM" else "<"
    stored = {}
    for tag, value in fields.items():
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"{order}{len(values)}I", *values)
        stored[tag] = StoredField(LONG, len(values), packed)
    padding = bytes(len(data) % 2)
    at = len(data) + len(padding)
    header = header_bytes(at, order)
    return b"".join((header, data[len(header) :], padding, directory_bytes(stored, at, order)))


def through_libtiff(mode: str, size: tuple[int, int], file: bytes, raw_mode: str) -> Image.Image:
    """Return the picture of a TIFF whose only directory describes it in a raw mode of Pillow."""
    return Image.frombytes(mode, size, file, "libtiff", raw_mode, 0, 0)


def _numbers(layout: Layout, tags: Any, rows: Image.Image, sample: int) -> Numbers:
    """Return one of the samples that the rows of a plane hold."""
    if layout.predictor == 1:
        return Numbers(layout.octets, _without_differences(layout, rows, sample))
    if _TILES not in tags:
        return Numbers(layout.octets, _summed(layout, rows, sample))
    # Differences begin anew in every tile.
    tile = tags[_TILE_WIDTH]
    tile_row = tile * layout.plane_samples * layout.octets
    whole = Image.new("L", (layout.width * layout.octets, layout.height))
    for left in range(0, layout.width, tile):
        column = left // tile * tile_row
        part = rows.crop((column, 0, column + tile_row, layout.height))
        size = (tile * layout.octets, layout.height)
        summed = Image.frombytes("L", size, _summed(layout, part, sample))
        whole.paste(summed, (left * layout.octets, 0))
    return Numbers(layout.octets, whole.tobytes())


def _without_differences(layout: Layout, rows: Image.Image, sample: int) -> bytes:
    data, octets = rows.tobytes(), layout.octets
    pixel = layout.plane_samples * octets
    if pixel == octets == 1:
        return data
    numbers = bytearray(len(data) // layout.plane_samples)
    for octet in range(octets):
        stored = octets - 1 - octet if layout.is_big_endian else octet
        numbers[octet::octets] = data[sample * octets + stored :: pixel]
    return bytes(numbers)


def _summed(layout: Layout, rows: Image.Image, sample: int) -> bytes:
    """Return one sample from rows that hold differences to the pixel on the left."""
    if layout.predictor == _DIFFERENCES:
        data = _without_differences(layout, rows, sample)
        width = rows.width // layout.plane_samples // layout.octets
        return _running_sums(data, (width, rows.height), layout.bits)
    # Each row holds the most significant bytes of all its numbers, then the next ones; and of
    # those, the differences (Adobe's TIFF Technical Note 3).
    data = rows.tobytes()[sample :: layout.plane_samples]
    width = rows.width // layout.plane_samples
    size, pixels = (width, rows.height), width // layout.octets
    summed = Image.frombytes("L", size, _running_sums(data, size, 8))
    numbers = bytearray(len(data))
    for octet in range(layout.octets):
        left = (layout.octets - 1 - octet) * pixels
        part = summed.crop((left, 0, left + pixels, rows.height))
        numbers[octet :: layout.octets] = part.tobytes()
    return bytes(numbers)


def _running_sums(data: bytes, size: tuple[int, int], bits: int) -> bytes:
    """Return little-endian numbers from the differences within each row."""
    width, height = size
    per_row = len(data) // height
    rows = max(1, _PIECE // per_row)  # several copies of a piece exist at a time
    return b"".join(
        _sums_of_rows(data[row * per_row : (row + rows) * per_row], width, bits)
        for row in range(0, height, rows)
    )


def _sums_of_rows(data: bytes, width: int, bits: int) -> bytes:
    height = len(data) // (width * bits // 8)
    packed = zlib.compress(data, 0)
    fields = {
        _WIDTH: width,
        _HEIGHT: height,
        _BITS: bits,
        _COMPRESSION: _DEFLATE,
        _PHOTOMETRIC: 1,
        _STRIPS: 8,
        _SAMPLES: 1,
        _ROWS: height,
        _STRIP_LENGTHS: len(packed),
        _PREDICTOR: _DIFFERENCES,
    }
    file = with_directory(memoryview(bytes(8) + packed), fields, b"II")
    mode, raw_mode = _INTEGERS[bits]
    return through_libtiff(mode, (width, height), file, raw_mode).tobytes()
