"""Damages lengths, counts, offsets and whole parts of the structure of files."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MARKS = (b"\xff", b"IHDR", b"IDAT", b"fcTL", b"acTL", b"iCCP", b"meta", b"iloc", b"ipma", b"ispe",
          b"iinf", b"stsz", b"VP8", b"ANMF", b"EXIF", b"jp2h", b"jp2c", b"\xff\x51", b"\x21\xf9",
          b"\x2c", b"II*\0", b"MM\0*", b"\x87\x69", b"\x69\x87", b"jxlc", b"jxlp", b"brob", b"Exif",
          b"\xff\x0a")  # fmt: skip
_HEAD = 200  # half of all damage is done to the headers, at the start


def mutated(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """A file with one to four damages; most PNGs get correct checksums again."""
    damaged = bytearray(data)
    for _ in range(random.randint(1, 4)):
        random.choice(_DAMAGES)(damaged, others, random)
    if damaged.startswith(_PNG_SIGNATURE) and random.random() < 0.8:
        _repair_checksums(damaged)
    return bytes(damaged)


def _place(data: bytearray, random: Random) -> int:
    end = len(data) if random.random() < 0.5 else min(len(data), _HEAD)
    return random.randrange(max(end, 1))


def _number(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    """Write a number that is known to trip decoders."""
    length = len(data)
    value = random.choice(
        (0, 1, 2, 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
         length, length - 1, length + 1, length * 2, random.getrandbits(32))
    )  # fmt: skip
    code, mask = random.choice((("B", 0xFF), ("H", 0xFFFF), ("I", 0xFFFFFFFF)))
    packed = struct.pack(random.choice("<>") + code, value & mask)
    at = _place(data, random)
    data[at : at + len(packed)] = packed


def _beside_a_mark(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    """Change a number next to the name of a part: its length, a count, an offset."""
    present = [mark for mark in _MARKS if mark in data]
    if not present:
        return
    mark = random.choice(present)
    places: list[int] = []
    at = data.find(mark)
    while at >= 0 and len(places) < 50:
        places.append(at)
        at = data.find(mark, at + 1)
    at = random.choice(places)
    at = max(0, random.choice((at - 4, at + len(mark), at + len(mark) + 4)))
    data[at : at + 2] = struct.pack(">H", random.choice((0, 1, 0xFFFF, random.getrandbits(16))))


def _bits(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    for _ in range(random.randint(1, 8)):
        if data:
            data[_place(data, random)] ^= 1 << random.randrange(8)


def _cut(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    del data[_place(data, random) :]


def _lose(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    at = _place(data, random)
    del data[at : at + random.randint(1, 64)]


def _repeat(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    at = _place(data, random)
    part = data[at : at + random.randint(1, 256)]
    data[at:at] = part * random.randint(1, 20)


def _splice(data: bytearray, others: Sequence[bytes], random: Random) -> None:
    """Continue with the middle of another file."""
    other = random.choice(others)
    start = random.randrange(len(other))
    at = _place(data, random)
    data[at : at + 128] = other[start : start + random.randint(1, 256)]


_DAMAGES: tuple[Callable[[bytearray, Sequence[bytes], Random], None], ...] = (
    _number, _number, _number, _beside_a_mark, _beside_a_mark, _bits, _cut, _lose, _repeat, _splice,
)  # fmt: skip


def _repair_checksums(data: bytearray) -> None:
    """Recompute checksums, since decoders stop at a wrong one."""
    at = len(_PNG_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            return
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))
        at = end + 4
