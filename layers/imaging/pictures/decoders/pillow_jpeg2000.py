"""Pillow's JPEG 2000 reader, extended to color spaces that it does not convert.

It does not refuse a picture for a flawed resolution. ISO/IEC 15444-1, table I.10; ISO/IEC 15444-2,
tables M.25 and M.27.
"""

from __future__ import annotations

import io
import struct
from typing import IO, TYPE_CHECKING, Any, cast

from PIL import Image, Jpeg2KImagePlugin

from pictures.colorimetry.jpeg2000 import CIELAB, YCC_601, YCC_709, to_be_converted
from pictures.containers import read_at
from pictures.containers.boxes import boxes, find, whole
from pictures.decoders.jpeg2000_parts import with_all_parts
from pictures.layouts import from_lab

if TYPE_CHECKING:
    from typing import BinaryIO

    from pictures.colorimetry.jpeg2000 import Specification

_SRGB = 16
_KIND_LENGTH = 4
_RESOLUTION, _COLOR, _FREE = b"res ", b"colr", b"free"
_SHORTEST_COLOR = 7  # method, precedence, approximation, code of a color space
_SIZE, _DEPTH_AT = b"\xff\x4f\xff\x51", 42  # start of the codestream; depth of its first channel
# From limited range to RGB: three rows of factors and an offset.
_MATRICES = {
    YCC_709: (1.1644, 0, 1.7927, -248.1, 1.1644, -0.2132, -0.5329, 76.9, 1.1644, 2.1124, 0, -289.0),
    YCC_601: (1.1644, 0, 1.596, -222.9, 1.1644, -0.3918, -0.813, 135.6, 1.1644, 2.0172, 0, -276.8),
}
_LAB_RANGES = (100, 0, 170, 128, 200, 96)  # range and offset of L*, a*, b* for 8 bits, by default


class Jpeg2KImageFile(Jpeg2KImagePlugin.Jpeg2KImageFile):
    """Pillow's picture, in RGB wherever its file says YCbCr or CIELab."""

    def load(self) -> Any:
        """Decode, see `ImageFile.load`."""
        if not self.tile:
            return super().load()
        file = with_all_parts(cast("BinaryIO", self.fp))
        self.fp = file
        if self.mode not in {"RGB", "RGBA"}:
            file.seek(0)
            return super().load()
        found = to_be_converted(file)
        if found is None:
            file.seek(0)
            return super().load()
        # To Pillow the numbers are red, green and blue, so that it leaves them as they are.
        data = bytearray(read_at(file, 0, -1))
        struct.pack_into(">I", data, found.position, _SRGB)
        self.fp = io.BytesIO(data)
        super().load()
        bands = self.split()
        colors = _converted(Image.merge("RGB", bands[:3]), found, _bits(data))
        if self.mode == "RGBA":
            colors.putalpha(bands[3])
        self.im = colors.im
        return Image.Image.load(self)


def open_jpeg2000(file: IO[bytes], filename: str) -> Jpeg2KImageFile:
    """Return the picture of a JPEG 2000, without a resolution or colors that are flawed."""
    try:
        return Jpeg2KImageFile(file, filename)
    except (SyntaxError, OSError, struct.error):
        readable = _without_flaws(cast("BinaryIO", file))
        if readable is None:
            raise
        return Jpeg2KImageFile(readable, filename)


def _without_flaws(file: BinaryIO) -> IO[bytes] | None:
    """Return the file with some boxes of its header hidden (ISO/IEC 15444-1, I.5.3); None without.

    Hidden are the resolution, and colors that are too short for any method.
    """
    header = find(file, whole(file), b"jp2h")
    parts = list(boxes(file, header.start, header.end)) if header else []
    flawed = [each.start for each in parts if each.kind == _RESOLUTION]
    colors = [each for each in parts if each.kind == _COLOR]
    flawed += [each.start for each in colors if each.end - each.start < _SHORTEST_COLOR]
    if not flawed:
        return None
    file.seek(0)
    data = bytearray(file.read())
    for start in flawed:
        data[start - _KIND_LENGTH : start] = _FREE
    return io.BytesIO(data)


def _converted(numbers: Image.Image, found: Specification, bits: int) -> Image.Image:
    if found.number in _MATRICES:
        return numbers.convert("RGB", _MATRICES[found.number])
    if found.number == CIELAB:
        return from_lab(_lab(numbers, found.parameters, bits))
    return Image.merge("YCbCr", numbers.split()).convert("RGB")


def _lab(numbers: Image.Image, parameters: bytes, bits: int) -> Image.Image:
    """Return CIELab as Pillow stores it; ranges and offsets are those of the file if it has any."""
    ranges: tuple[float, ...] = _LAB_RANGES
    if len(parameters) >= 24:
        stated = struct.unpack_from(">6I", parameters)
        ranges = tuple(
            value / 2 ** (bits - 8) if index % 2 else value for index, value in enumerate(stated)
        )
    channels = zip(
        numbers.split(), ranges[::2], ranges[1::2], (2.55, 1, 1), (0, 128, 128), strict=True
    )
    return Image.merge(
        "LAB",
        [
            band.point(
                [_clipped((level - offset) * span / 255 * scale + zero) for level in range(256)]
            )
            for band, span, offset, scale, zero in channels
        ],
    )


def _clipped(level: float) -> int:
    return min(max(round(level), 0), 255)


def _bits(data: bytes | bytearray) -> int:
    """Return the bits per sample, which Pillow has reduced to eight."""
    start = data.find(_SIZE)
    depth = data[start + _DEPTH_AT : start + _DEPTH_AT + 1]
    return max((depth[0] & 0x7F) + 1 if start >= 0 and depth else 8, 8)
