"""Writes TIFFs in sample layouts that Pillow does not write."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

SIZE = (48, 32)
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Tiff:
    """How to write a picture: bits per sample, kind of numbers, order of bytes, planes, tiles."""

    mode: str = "RGB"
    bits: int = 12
    kind: int = UNSIGNED
    order: str = "<"
    planar: bool = False
    tile: int = 0
    packed: bool = False
    alpha: int = 0
    orientation: int = 1
    white_is_zero: bool = False
    predictor: int = 1
    photometric: int | None = None
    extra: tuple[int, ...] = ()
    fill_order: int = 1
    color_map: tuple[int, ...] = ()
    is_signed_around_zero: bool = False
    compression: int = 1
    subsampling: tuple[int, int] | None = None
    levels_given: tuple[Image.Image, ...] = ()
    numbers_given: tuple[int, ...] = ()
    pieces_given: tuple[bytes, ...] = ()

    @property
    def bands(self) -> int:
        return len(self.mode)

    def levels(self) -> list[Image.Image]:
        """A gradient in every channel, or those given."""
        if self.levels_given:
            return list(self.levels_given)
        slope = Image.linear_gradient("L").resize(SIZE)
        turned = [slope, slope.rotate(180), slope.rotate(90), slope.rotate(270)]
        return [*turned, slope, slope.rotate(180)][: self.bands]

    def picture(self) -> Image.Image:
        return Image.merge(self.mode, self.levels())

    def file(self) -> bytes:
        planes = [[band] for band in self.levels()]
        if not self.planar:
            planes = [[band for (band,) in planes]]
        pieces = list(self.pieces_given) or [
            piece for plane in planes for piece in self._pieces(plane)
        ]
        if self.packed:
            pieces = [zlib.compress(piece) for piece in pieces]
        if self.fill_order == 2:
            pieces = [piece.translate(_REVERSED) for piece in pieces]
        photometric = {"RGB": 2, "RGBA": 2, "CMYK": 5}.get(
            self.mode.removesuffix("X"), 0 if self.white_is_zero else 1
        )
        photometric = photometric if self.photometric is None else self.photometric
        fields: dict[int, tuple[int, ...]] = {
            256: SIZE[:1], 257: SIZE[1:], 258: (self.bits,) * self.bands,
            259: (8 if self.packed else self.compression,), 262: (photometric,),
            274: (self.orientation,),
            277: (self.bands,), 284: (2 if self.planar else 1,),
            339: (self.kind,) * self.bands,
        }  # fmt: skip
        if self.predictor > 1:
            fields[317] = (self.predictor,)
        if self.alpha or self.extra:
            fields[338] = self.extra or (self.alpha,)
        if self.fill_order > 1:
            fields[266] = (self.fill_order,)
        if self.subsampling:
            fields[530] = self.subsampling
        if self.color_map:
            fields[320] = self.color_map
        offsets = [8 + sum(map(len, pieces[:index])) for index in range(len(pieces))]
        lengths = tuple(map(len, pieces))
        if self.tile:
            fields |= {322: (self.tile,), 323: (self.tile,), 324: tuple(offsets), 325: lengths}
        else:
            fields |= {273: tuple(offsets), 278: (8,), 279: lengths}
        return self._written(fields, b"".join(pieces))

    def _pieces(self, plane: list[Image.Image]) -> list[bytes]:
        """Strips of eight rows, or tiles."""
        width, height = (self.tile, self.tile) if self.tile else (SIZE[0], 8)
        boxes = [
            (left, top, left + width, top + height)
            for top in range(0, SIZE[1], height)
            for left in range(0, SIZE[0], width)
        ]
        return [self._rows([band.crop(box) for band in plane]) for box in boxes]

    def _rows(self, bands: list[Image.Image]) -> bytes:
        width, height = bands[0].size
        flat = bytearray(width * height * len(bands))
        for place, band in enumerate(bands):
            flat[place :: len(bands)] = band.tobytes()
        per_row = width * len(bands)
        rows = [bytes(flat[at : at + per_row]) for at in range(0, len(flat), per_row)]
        return b"".join(self._row(row, len(bands)) for row in rows)

    def _row(self, levels: bytes, samples: int) -> bytes:
        if self.kind == FLOAT:
            code = {16: "e", 32: "f", 64: "d"}[self.bits]
            order: Any = ">" if self.predictor == 3 else self.order
            row = struct.pack(f"{order}{len(levels)}{code}", *(x / 255 for x in levels))
            return _float_differences(row, self.bits // 8, samples) if self.predictor == 3 else row
        top = (1 << self.bits) - 1
        numbers = [level * top // 255 for level in levels]
        if self.numbers_given:
            numbers = list(self.numbers_given) * (len(levels) // samples)
        if self.is_signed_around_zero:
            numbers = [(number - (top + 1) // 2) & top for number in numbers]
        if self.predictor == 2:
            before = [0] * samples + numbers
            numbers = [(number - left) & top for number, left in zip(numbers, before, strict=False)]
        if self.bits % 8 == 0:
            order = "little" if self.order == "<" else "big"
            return b"".join(number.to_bytes(self.bits // 8, order) for number in numbers)
        bits = "".join(f"{number:0{self.bits}b}" for number in numbers)
        bits += "0" * (-len(bits) % 8)
        return int(bits, 2).to_bytes(len(bits) // 8, "big")

    def _written(self, fields: dict[int, tuple[int, ...]], pixels: bytes) -> bytes:
        at = 8 + len(pixels)
        body_at = at + 2 + 12 * len(fields) + 4
        table, body = struct.pack(f"{self.order}H", len(fields)), b""
        for tag, values in sorted(fields.items()):
            packed = struct.pack(f"{self.order}{len(values)}I", *values)
            if len(values) > 1:
                packed, body = struct.pack(f"{self.order}I", body_at + len(body)), body + packed
            table += struct.pack(f"{self.order}HHI", tag, 4, len(values)) + packed
        mark = b"II" if self.order == "<" else b"MM"
        head = struct.pack(f"{self.order}2sHI", mark, 42, at)
        return head + pixels + table + bytes(4) + body


def _float_differences(row: bytes, octets: int, samples: int) -> bytes:
    """Big-endian floats with their bytes sorted by significance, each less the one before."""
    planes = b"".join(row[octet::octets] for octet in range(octets))
    pairs = zip(planes[samples:], planes, strict=False)
    return planes[:samples] + bytes((level - before) % 256 for level, before in pairs)
