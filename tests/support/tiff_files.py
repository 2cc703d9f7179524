"""Writes TIFFs in sample layouts that Pillow does not write."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

SIZE = (48, 32)
UNSIGNED, SIGNED, FLOAT = 1, 2, 3


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

    @property
    def bands(self) -> int:
        return len(self.mode)

    def picture(self) -> Image.Image:
        """A gradient in every channel."""
        slope = Image.linear_gradient("L").resize(SIZE)
        turned = [slope, slope.rotate(180), slope.rotate(90), slope.rotate(270)]
        return Image.merge(self.mode, [*turned, slope][: self.bands])

    def file(self) -> bytes:
        planes = [[band] for band in self.picture().split()]
        if not self.planar:
            planes = [[band for (band,) in planes]]
        pieces = [piece for plane in planes for piece in self._pieces(plane)]
        if self.packed:
            pieces = [zlib.compress(piece) for piece in pieces]
        photometric = {"RGB": 2, "RGBA": 2, "CMYK": 5}.get(
            self.mode, 0 if self.white_is_zero else 1
        )
        fields: dict[int, tuple[int, ...]] = {
            256: SIZE[:1], 257: SIZE[1:], 258: (self.bits,) * self.bands,
            259: (8 if self.packed else 1,), 262: (photometric,), 274: (self.orientation,),
            277: (self.bands,), 284: (2 if self.planar else 1,),
            339: (self.kind,) * self.bands,
        }  # fmt: skip
        if self.predictor > 1:
            fields[317] = (self.predictor,)
        if self.alpha:
            fields[338] = (self.alpha,)
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
        merged = bands[0] if len(bands) == 1 else Image.merge(self.mode, bands)
        per_row = merged.width * len(bands)
        levels = merged.tobytes()
        rows = [levels[at : at + per_row] for at in range(0, len(levels), per_row)]
        if self.predictor == 2 and self.bits == 8:
            rows = [_differences(row, len(bands)) for row in rows]
        return b"".join(map(self._row, rows))

    def _row(self, levels: bytes) -> bytes:
        if self.kind == FLOAT:
            code = {32: "f", 64: "d"}[self.bits]
            return struct.pack(f"{self.order}{len(levels)}{code}", *(x / 255 for x in levels))
        top = (1 << self.bits) - 1
        numbers = [level * top // 255 for level in levels]
        if self.bits % 8 == 0:
            order: Any = "little" if self.order == "<" else "big"
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


def _differences(row: bytes, samples: int) -> bytes:
    """Each sample of a row minus that of the previous pixel."""
    pairs = zip(row[samples:], row, strict=False)
    return row[:samples] + bytes((level - before) % 256 for level, before in pairs)
