"""TIFF sample layouts that Pillow does not know, decoded through it to 8 bits per sample.

Pillow has a list of layouts; scanners and scientific software also write 10, 12, 14, 24, 32 or 64
bits per sample, floating-point color, and separate planes. Each plane of such a picture is decoded
as 8-bit gray whose rows are as wide as they have bytes, which undoes the compression; of each
sample in those bytes the eight most significant bits are kept.

TIFF 6.0, sections 3 to 8 and 18; Adobe's TIFF Technical Note 3 (floating point).
"""

from __future__ import annotations

import io
import math
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, TiffImagePlugin

from image_pipeline.refusals import too_complex, unsupported_format
from pictures import limits
from pictures.containers.tiff_directories import LONG, StoredField, directory_bytes, header_bytes

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIPS, _SAMPLES, _ROWS, _STRIP_LENGTHS, _PLANAR = 273, 277, 278, 279, 284
_PREDICTOR, _TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_LENGTHS = 317, 322, 323, 324, 325
_ALPHA, _FORMAT = 338, 339
_UNSIGNED, _FLOAT = 1, 3
# Those that compress arbitrary bytes; the others depend on the pixel layout.
_COMPRESSIONS = frozenset({1, 5, 8, 32773, 32946, 34925, 50000})
_MODES = {0: "L", 1: "L", 2: "RGB", 5: "CMYK"}
_COLOR_SAMPLES = {0: 1, 1: 1, 2: 3, 5: 4}
_PREMULTIPLIED = 1
_PREMULTIPLIED_MODES = {"LA": "La", "RGBA": "RGBa"}


@dataclass(frozen=True)
class Layout:
    """Sample layout of a picture: sizes in pixels, `bits` per sample."""

    width: int
    height: int
    bits: int
    samples: int
    photometric: int
    is_float: bool
    is_planar: bool
    alpha: int
    is_big_endian: bool

    @property
    def mode(self) -> str:
        """Pillow's name of the layout."""
        colors = _MODES[self.photometric]
        return {"L": "LA", "RGB": "RGBA"}.get(colors, colors) if self.alpha else colors

    @property
    def row_samples(self) -> int:
        """Samples per row of one plane."""
        return self.width if self.is_planar else self.width * self.samples


def layout_of(tags: Any) -> Layout:
    """Return the layout that a directory describes.

    Raises:
        ValidationError: `unsupported_format` for a layout that is not described above.
    """
    bits, formats = tags.get(_BITS, (1,)), tags.get(_FORMAT, (_UNSIGNED,))
    samples, photometric = tags.get(_SAMPLES, 1), tags.get(_PHOTOMETRIC, 0)
    alpha = next((kind for kind in tags.get(_ALPHA, ()) if kind in {1, 2}), 0)
    layout = Layout(
        width=tags.get(_WIDTH, 0),
        height=tags.get(_HEIGHT, 0),
        bits=bits[0],
        samples=samples,
        photometric=photometric,
        is_float=formats[0] == _FLOAT,
        is_planar=tags.get(_PLANAR, 1) == 2 and samples > 1,
        alpha=alpha,
        is_big_endian=tags.prefix == b"MM",
    )
    colors = _COLOR_SAMPLES.get(photometric, samples + 1)
    is_known = (
        len(set(bits)) == len(set(formats)) == 1
        and formats[0] in {_UNSIGNED, _FLOAT}
        and (layout.bits in {32, 64} if layout.is_float else 1 <= layout.bits <= 64)
        and colors + bool(alpha) <= samples <= limits.TIFF_SAMPLES
        and tags.get(_COMPRESSION, 1) in _COMPRESSIONS
        and (tags.get(_PREDICTOR, 1) == 1 or (layout.bits == 8 and layout.is_planar))
        and tags.get(_TILE_WIDTH, 1) * tags.get(_TILE_HEIGHT, 1) > 0
    )
    if not is_known:
        raise unsupported_format(
            "This kind of TIFF is not supported", "save it with 8 or 16 bits per channel"
        )
    tile = tags.get(_TILE_WIDTH, 1) * tags.get(_TILE_HEIGHT, 1)
    pixels = max(layout.width * layout.height, tile)
    if pixels * samples * layout.bits > 8 * limits.TIFF_UNUSUAL_BYTES:
        raise too_complex("bytes per pixel")
    return layout


def decoded(layout: Layout, data: memoryview, tags: Any) -> Image.Image:
    """Return the picture with eight bits per sample."""
    wanted = len(layout.mode)
    planes = layout.samples if layout.is_planar else 1
    bands: list[Image.Image] = []
    for plane in range(wanted if layout.is_planar else 1):
        levels = _levels(layout, _plane_bytes(layout, data, tags, plane, planes))
        step = 1 if layout.is_planar else layout.samples
        size = (layout.width, layout.height)
        flat = levels.tobytes()
        bands += [
            Image.frombytes("L", size, flat[start::step])
            for start in range(1 if layout.is_planar else wanted)
        ]
    if layout.photometric == 0:
        bands[0] = ImageChops.invert(bands[0])
    if len(bands) == 1:
        return bands[0]
    if layout.alpha == _PREMULTIPLIED and layout.mode in _PREMULTIPLIED_MODES:
        return Image.merge(_PREMULTIPLIED_MODES[layout.mode], bands).convert(layout.mode)
    return Image.merge(layout.mode, bands[: len(layout.mode)])


def _plane_bytes(
    layout: Layout, data: memoryview, tags: Any, plane: int, planes: int
) -> Image.Image:
    """Return one plane as 8-bit gray: each byte of its rows is a pixel."""
    row = math.ceil(layout.row_samples * layout.bits / 8)
    per_pixel = 1 if layout.is_planar else layout.samples
    fields = {
        _COMPRESSION: tags.get(_COMPRESSION, 1),
        _FILL_ORDER: tags.get(_FILL_ORDER, 1),
        _PREDICTOR: tags.get(_PREDICTOR, 1),
    }
    if _TILES in tags:
        tile_row = tags[_TILE_WIDTH] * per_pixel * layout.bits // 8
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
    gray = _as_gray(data, fields, is_big_endian=layout.is_big_endian)
    picture = TiffImagePlugin.TiffImageFile(io.BytesIO(gray), "")
    return picture if width == row else picture.crop((0, 0, row, layout.height))


def _as_gray(data: memoryview, fields: dict[int, Any], *, is_big_endian: bool) -> bytes:
    """Return a file with the same strips or tiles and a directory that declares them gray."""
    order = ">" if is_big_endian else "<"
    stored = {}
    for tag, value in {**fields, _BITS: 8, _PHOTOMETRIC: 1, _SAMPLES: 1}.items():
        values = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(f"{order}{len(values)}I", *values)
        stored[tag] = StoredField(LONG, len(values), packed)
    padding = bytes(len(data) % 2)
    at = len(data) + len(padding)
    header = header_bytes(at, order)
    return b"".join((header, data[len(header) :], padding, directory_bytes(stored, at, order)))


def _levels(layout: Layout, rows: Image.Image) -> Image.Image:
    """Return every sample as one 8-bit pixel."""
    size, octets = (layout.row_samples, layout.height), layout.bits // 8
    if layout.is_float:
        code = f"F;{layout.bits}{'B' if layout.is_big_endian else ''}F"
        numbers = Image.frombytes("F", size, rows.tobytes(), "raw", code)
        # Such files hold light from 0 to 1; half a level more turns truncation into rounding.
        return numbers.point(lambda light: light * 255 + 0.5).convert("L")
    if layout.bits % 8 == 0:
        top = 0 if layout.is_big_endian else octets - 1
        return Image.frombytes("L", size, rows.tobytes()[top::octets])
    return _unpacked(layout.bits, rows).crop((0, 0, *size))


def _unpacked(bits: int, rows: Image.Image) -> Image.Image:
    """Return samples that may begin anywhere in a byte, most significant bit first."""
    period = math.lcm(bits, 8)
    octets, samples = period // 8, period // bits
    periods = math.ceil(rows.width / octets)
    data = rows.crop((0, 0, periods * octets, rows.height)).tobytes() + b"\0"
    levels = bytearray(periods * samples * rows.height)
    top = (1 << min(bits, 8)) - 1
    scaled = bytes((byte >> 8 - min(bits, 8)) * 255 // top for byte in range(256))
    for sample in range(samples):
        octet, shift = divmod(sample * bits, 8)
        left = bytes(byte << shift & 255 for byte in range(256))
        right = bytes(byte >> 8 - shift for byte in range(256))
        first = data[octet:-1:octets].translate(left)
        second = data[octet + 1 :: octets].translate(right)[: len(first)].ljust(len(first), b"\0")
        both = int.from_bytes(first, "big") | int.from_bytes(second, "big")
        levels[sample::samples] = both.to_bytes(len(first), "big").translate(scaled)
    return Image.frombytes("L", (periods * samples, rows.height), bytes(levels))
