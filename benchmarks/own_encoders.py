"""Encoders of large pictures in variants that Pillow reads but does not write."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# First column and row of each pass of an interlaced PNG, and their distances (PNG, chapter 8.1).
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
           (0, 1, 1, 2))  # fmt: skip
_PNG_RGBA, _TIFF_RGB, _DEFLATE = 6, 2, 8
_MAX_TEXTURE = 2_000


def interlaced_png(pixels: int) -> bytes:
    """Encode a square PNG of 16 bits in RGBA, in seven passes."""
    side = int(pixels**0.5)
    header = struct.pack(">IIBBBBB", side, side, 16, _PNG_RGBA, 0, 0, 1)
    rows = _deflated(
        b"\0" + _row(-(-(side - left) // across) * 8)
        for left, top, across, down in _PASSES
        for _ in range(top, side, down)
    )
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def deep_tiff(pixels: int, tile: int = 0) -> bytes:
    """Encode a square TIFF of 16 bits in RGB, deflated, in strips of 64 rows or in square tiles."""
    side = int(pixels**0.5)
    width, height = (tile, tile) if tile else (side, 64)
    count = -(-side // width) * -(-side // height)
    piece = _deflated(_row(width * 6) for _ in range(height))
    # All entries point to the same piece; a decoder reads it once for each of them.
    tags = (0x0144, 0x0145) if tile else (0x0111, 0x0117)
    fields = {
        0x0100: (4, [side]), 0x0101: (4, [side]), 0x0102: (3, [16, 16, 16]),
        0x0103: (3, [_DEFLATE]), 0x0106: (3, [_TIFF_RGB]), 0x0115: (3, [3]), 0x011C: (3, [1]),
        tags[0]: (4, [8] * count), tags[1]: (4, [len(piece)] * count),
        **({0x0142: (4, [tile]), 0x0143: (4, [tile])} if tile else {0x0116: (4, [height])}),
    }  # fmt: skip
    return _tiff(fields, piece)


def _tiff(fields: dict[int, tuple[int, list[int]]], piece: bytes) -> bytes:
    """Write the piece, the values that do not fit into the directory, and the directory."""
    piece += bytes(len(piece) % 2)
    body, entries = b"", b""
    for tag, (kind, numbers) in sorted(fields.items()):
        values = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        entries += struct.pack("<HHI", tag, kind, len(numbers))
        if len(values) <= 4:
            entries += values.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", 8 + len(piece) + len(body))
            body += values + bytes(len(values) % 2)
    head = b"II*\0" + struct.pack("<I", 8 + len(piece) + len(body))
    return head + piece + body + struct.pack("<H", len(fields)) + entries + bytes(4)


def _row(length: int) -> bytes:
    """A texture that repeats within the window of deflate, so that unpacking dominates the cost."""
    texture = bytes(number * number % 251 for number in range(min(length, _MAX_TEXTURE)))
    return (texture * (length // len(texture) + 1))[:length]


def _deflated(rows: Iterator[bytes]) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(map(packer.compress, rows)) + packer.flush()
