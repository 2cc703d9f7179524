"""The header of a WebP: every chunk that says something about size, frames and orientation."""

from __future__ import annotations

import io
import struct

import pytest

from tests.support.boundaries import refusal
from tests.support.exif_blocks import exif_block, short
from validate.examine import examine


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def riff(*chunks: bytes, more: int = 0) -> bytes:
    """A WebP of chunks that claims to be longer than it is by some bytes."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) + more) + body


def extended(width: int, height: int) -> bytes:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return chunk(b"VP8X", bytes(4) + sides)


def lossy(width: int, height: int, scale: int = 0) -> bytes:
    """A key frame; the upper two bits of each side are a scale for the display."""
    sides = struct.pack("<HH", width | scale << 14, height | scale << 14)
    return chunk(b"VP8 ", b"\x30\1\0\x9d\x01\x2a" + sides)


def lossless(width: int, height: int, flags: int = 0) -> bytes:
    """The upper four bits say whether there is alpha, and the version."""
    return chunk(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | height - 1 << 14 | flags << 28))


def exif(orientation: int) -> bytes:
    return chunk(b"EXIF", exif_block({0x0112: short(orientation)}))


FRAME = chunk(b"ANMF", bytes(16))


@pytest.mark.parametrize(
    ("data", "size", "frames"),
    [
        (riff(lossy(300, 200)), (300, 200), 1),
        (riff(lossy(300, 200, scale=3)), (300, 200), 1),
        (riff(lossy(16_383, 1)), (16_383, 1), 1),
        (riff(lossless(300, 200)), (300, 200), 1),
        (riff(lossless(300, 200, flags=15)), (300, 200), 1),
        (riff(lossless(1, 16_384)), (1, 16_384), 1),
        (riff(extended(300, 200)), (300, 200), 1),
        (riff(extended(65_535, 1)), (65_535, 1), 1),
        (riff(extended(300, 200), lossy(30, 20)), (300, 200), 1),
        (riff(extended(300, 200), lossless(30, 20)), (300, 200), 1),
        (riff(extended(300, 200), FRAME), (300, 200), 1),
        (riff(extended(300, 200), FRAME, FRAME, FRAME), (300, 200), 3),
        (riff(chunk(b"ICCP", b"odd"), lossy(300, 200)), (300, 200), 1),
        (riff(chunk(b"ICCP", b"even"), lossy(300, 200)), (300, 200), 1),
        (riff(extended(300, 200), FRAME) + FRAME + extended(9, 9), (300, 200), 1),
        (riff(extended(300, 200), exif(1)), (300, 200), 1),
        (riff(extended(300, 200), exif(4)), (300, 200), 1),
        (riff(extended(300, 200), exif(5)), (200, 300), 1),
        (riff(extended(300, 200), exif(8)), (200, 300), 1),
        (riff(extended(300, 200), exif(9)), (300, 200), 1),
        (riff(extended(300, 200), chunk(b"EXIF", b"damaged")), (300, 200), 1),
    ],
)
def test_each_chunk_counts(data: bytes, size: tuple[int, int], frames: int) -> None:
    facts = examine(io.BytesIO(data), "uploads/a", "", 10_000_000)

    assert ((facts.width, facts.height), facts.frames) == (size, frames)


@pytest.mark.parametrize(
    "data",
    [
        riff(),
        riff(chunk(b"ICCP", b"profile")),
        riff(chunk(b"VP8 ", bytes(10))),
        riff(lossy(0, 200)),
        riff(lossy(300, 0)),
        riff(lossy(300, 200), more=1),
        riff(lossy(300, 200))[:-1],
    ],
    ids=["empty", "no picture", "zeros", "no width", "no height", "longer", "truncated"],
)
def test_a_webp_without_a_complete_picture_is_corrupt(data: bytes) -> None:
    assert refusal(data).startswith("corrupt: ")
