"""Writes GIF, APNG and WebP animations frame by frame, which Pillow does only its own way."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tests.support import bombs

CANVAS = (24, 16)
KEEP, CLEAR, RESTORE = "keep", "clear", "restore"
Color = tuple[int, int, int, int]
RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
OPEN, FAINT_BLUE = (0, 0, 0, 0), (0, 0, 255, 128)
_PALETTE = [RED, GREEN, BLUE, OPEN]


@dataclass(frozen=True)
class Frame:
    """A rectangle of one color; `replaces` instead of being drawn over what is there."""

    color: Color
    box: tuple[int, int, int, int] = (0, 0, *CANVAS)
    disposal: str = KEEP
    replaces: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    def picture(self, mode: str) -> Image.Image:
        return Image.new("RGBA", self.size, self.color).convert(mode)


def gif(*frames: Frame, background: int = 1) -> bytes:
    """A GIF; the background, an entry of the palette, is green."""
    data = b"GIF89a" + struct.pack("<HHBBB", *CANVAS, 0xF1, background, 0)
    data += b"".join(bytes(color[:3]) for color in _PALETTE)
    for frame in frames:
        entry = _PALETTE.index(frame.color)
        disposal = {KEEP: 1, CLEAR: 2, RESTORE: 3}[frame.disposal]
        is_clear = frame.color == OPEN
        data += struct.pack("<BBBBHBB", 0x21, 0xF9, 4, disposal << 2 | is_clear, 10, entry, 0)
        data += b"\x2c" + struct.pack("<4HB", *frame.box[:2], *frame.size, 0)
        data += _lzw(entry, frame.size[0] * frame.size[1])
    return data + b";"


def _lzw(entry: int, count: int) -> bytes:
    """Code `count` times the same entry of a palette of four: a clear code before each pair."""
    clear, end, size = 4, 5, 3
    codes = [code for _ in range(count // 2) for code in (clear, entry, entry)]
    codes += [clear, entry] * (count % 2) + [end]
    number = sum(code << size * place for place, code in enumerate(codes))
    packed = number.to_bytes((size * len(codes) + 7) // 8, "little")
    blocks = (packed[at : at + 255] for at in range(0, len(packed), 255))
    return bytes([2]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def apng(*frames: Frame, mode: str = "RGBA", still: Color | None = None) -> bytes:
    """An APNG; `still` is the color of a picture that is not one of its frames."""
    first = Frame(still) if still else frames[0]
    chunks = [bombs.chunk(b"acTL", struct.pack(">2I", len(frames), 0))]
    header, pixels = _png_parts(first.picture(mode))
    number = 0
    if still:
        chunks.append(bombs.chunk(b"IDAT", pixels))
    for place, frame in enumerate(frames):
        disposal = {KEEP: 0, CLEAR: 1, RESTORE: 2}[frame.disposal]
        control = (number, *frame.size, *frame.box[:2], 1, 10, disposal, not frame.replaces)
        chunks.append(bombs.chunk(b"fcTL", struct.pack(">5IHHBB", *control)))
        _, pixels = _png_parts(frame.picture(mode))
        if place or still:
            chunks.append(bombs.chunk(b"fdAT", struct.pack(">I", number + 1) + pixels))
            number += 1
        else:
            chunks.append(bombs.chunk(b"IDAT", pixels))
        number += 1
    return header + b"".join(chunks) + bombs.chunk(b"IEND", b"")


def _png_parts(picture: Image.Image) -> tuple[bytes, bytes]:
    """The signature and the header of a small PNG, and its pixels."""
    data = _saved(picture, "PNG")
    at = data.index(b"IDAT") - 4
    length = int.from_bytes(data[at : at + 4], "big")
    return data[:33], data[at + 8 : at + 8 + length]


def webp(*frames: Frame, has_alpha: bool = False) -> bytes:
    """A lossless WebP, whose background is red; it may claim that no frame has alpha."""
    body = b""
    for frame in frames:
        still = _saved(frame.picture("RGBA" if has_alpha else "RGB"), "WEBP", lossless=True)
        picture = still[still.index(b"VP8L") :]
        left, top = frame.box[0] // 2, frame.box[1] // 2
        numbers = (left, top, frame.size[0] - 1, frame.size[1] - 1, 100)
        flags = (frame.disposal == CLEAR) | 2 * frame.replaces
        body += _riff(b"ANMF", b"".join(map(_24_bits, numbers)) + bytes([flags]) + picture)
    sides = b"".join(_24_bits(side - 1) for side in CANVAS)
    head = _riff(b"VP8X", bytes([2 | 16 * has_alpha, 0, 0, 0]) + sides)
    head += _riff(b"ANIM", bytes((0, 0, 255, 255, 0, 0)))
    return _riff(b"RIFF", b"WEBP" + head + body)


def _riff(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _24_bits(number: int) -> bytes:
    return number.to_bytes(3, "little")


def _saved(picture: Image.Image, format_name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, format_name, **options)
    return file.getvalue()
