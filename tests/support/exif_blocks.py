"""Writes EXIF blocks and TIFF directories byte by byte, valid and invalid."""

from __future__ import annotations

import struct
from dataclasses import dataclass

PHOTO_POINTER, GPS_POINTER = 0x8769, 0x8825


@dataclass(frozen=True)
class Value:
    """A field's TIFF type, its count and its bytes in the order of the file."""

    kind: int
    count: int
    data: bytes


def ascii_text(text: str | bytes, kind: int = 2) -> Value:
    data = (text.encode() if isinstance(text, str) else text) + b"\0"
    return Value(kind, len(data), data)


def byte(*values: int) -> Value:
    return Value(1, len(values), bytes(values))


def short(*values: int, order: str = "<") -> Value:
    return Value(3, len(values), struct.pack(f"{order}{len(values)}H", *values))


def long(*values: int, order: str = "<") -> Value:
    return Value(4, len(values), struct.pack(f"{order}{len(values)}I", *values))


def rational(*pairs: tuple[int, int], order: str = "<") -> Value:
    return _fractions(5, "I", pairs, order)


def signed_rational(*pairs: tuple[int, int], order: str = "<") -> Value:
    return _fractions(10, "i", pairs, order)


def _fractions(kind: int, code: str, pairs: tuple[tuple[int, int], ...], order: str) -> Value:
    numbers = [number for pair in pairs for number in pair]
    return Value(kind, len(pairs), struct.pack(f"{order}{len(numbers)}{code}", *numbers))


Fields = dict[int, Value]


def directory(fields: Fields, at: int, order: str = "<", following: int = 0) -> bytes:
    """One directory at an offset, followed by the values that do not fit into it."""
    body_at = at + 2 + 12 * len(fields) + 4
    entries, body = b"", b""
    for tag, value in sorted(fields.items()):
        entries += struct.pack(f"{order}HHI", tag, value.kind, value.count)
        if len(value.data) <= 4:
            entries += value.data.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}I", body_at + len(body))
            body += value.data + b"\0" * (len(value.data) % 2)
    count = struct.pack(f"{order}H", len(fields))
    return count + entries + struct.pack(f"{order}I", following) + body


def exif_block(
    image: Fields | None = None,
    photo: Fields | None = None,
    gps: Fields | None = None,
    order: str = "<",
    identifier: bytes = b"Exif\0\0",
) -> bytes:
    """An EXIF block: header, image directory, then the photo and GPS directories given."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    block = mark + struct.pack(f"{order}I", 8)
    first = dict(image or {})
    for pointer, fields in ((PHOTO_POINTER, photo), (GPS_POINTER, gps)):
        if fields is not None:
            first[pointer] = long(0, order=order)
    at = 8 + len(directory(first, 8, order))
    parts = []
    for pointer, fields in ((PHOTO_POINTER, photo), (GPS_POINTER, gps)):
        if fields is not None:
            first[pointer] = long(at, order=order)
            parts.append(directory(fields, at, order))
            at += len(parts[-1])
    return identifier + block + directory(first, 8, order) + b"".join(parts)


def camera_exif(
    orientation: int = 1, *, with_gps: bool = True, make: str = "Lumen", order: str = "<"
) -> bytes:
    """The EXIF of a typical camera: 53.55° N, 9.99167° E, 10:30 on the first of June."""

    def fraction(*pairs: tuple[int, int]) -> Value:
        return rational(*pairs, order=order)

    image = {
        0x010F: ascii_text(make),
        0x0110: ascii_text("L1 Mark II"),
        0x0112: short(orientation, order=order),
        0x0131: ascii_text("Firmware 1.2"),
        0x0132: ascii_text("2024:06:02 09:00:00"),
    }
    photo = {
        0x829A: fraction((1, 250)),
        0x829D: fraction((28, 10)),
        0x8827: short(400, order=order),
        0x9003: ascii_text("2024:06:01 10:30:00"),
        0x9011: ascii_text("+02:00"),
        0x9291: ascii_text("125"),
        0x920A: fraction((50, 1)),
        0xA434: ascii_text("L 50mm F1.8"),
    }
    gps = {
        0x0001: ascii_text("N"),
        0x0002: fraction((53, 1), (33, 1), (0, 1)),
        0x0003: ascii_text("E"),
        0x0004: fraction((9, 1), (5950, 100), (0, 1)),
        0x0005: byte(0),
        0x0006: fraction((125, 10)),
    }
    return exif_block(image, photo, gps if with_gps else None, order)
