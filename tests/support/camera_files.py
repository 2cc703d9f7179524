"""Makes camera RAW files (DNG) in memory."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.support.exif_blocks import (
    PHOTO_POINTER,
    Fields,
    ascii_text,
    byte,
    directory,
    long,
    rational,
    short,
    signed_rational,
)

if TYPE_CHECKING:
    from PIL import Image

# XYZ (D65) to linear sRGB: a camera with this matrix sees in sRGB (IEC 61966-2-1).
_XYZ_TO_SRGB = (32406, -15372, -4986, -9689, 18758, 415, 557, -2040, 10570)
_CFA_PHOTOMETRIC, _D65 = 32803, 21
_SUB_DIRECTORIES = 0x014A
LOSSLESS_JPEG, LOSSY_JPEG, JPEG_XL = 7, 34892, 52546
"""How a DNG may be compressed (DNG specification 1.7, chapter 2)."""
_NO_COMPRESSION = 1


def dng(
    picture: Image.Image,
    *,
    orientation: int = 1,
    image: Fields | None = None,
    photo: Fields | None = None,
    preview: bytes | None = None,
    claims_size: tuple[int, int] | None = None,
) -> bytes:
    """An uncompressed 16-bit Bayer DNG of an RGB picture, from a camera that sees in sRGB.

    Args:
        image: further fields for the first directory.
        photo: the fields of the EXIF directory.
        preview: a JPEG to put in front, as cameras do; stated to be as large as the picture.
        claims_size: a width and height to write instead of the true ones.
    """
    mosaic = _mosaic(picture)
    camera = _camera(orientation) | (image or {})
    sensor = _sensor(claims_size or picture.size, len(mosaic))
    if preview is None:
        first = camera | sensor
        sub_directories = [photo or {}]
        pieces = [mosaic]
    else:
        first = camera | _preview(preview, picture.size)
        sub_directories = [photo or {}, sensor]
        pieces = [preview, mosaic]
    return _tiff_file(first, sub_directories, pieces)


def dng_around(
    mosaic: bytes, size: tuple[int, int], *, bits: int, compression: int = _NO_COMPRESSION
) -> bytes:
    """A DNG of a mosaic that is already coded, in one strip."""
    sensor = _sensor(size, len(mosaic), bits) | {0x0103: short(compression)}
    return _tiff_file(_camera(1) | sensor, [{}], [mosaic])


def unreadable_dng(
    preview: bytes,
    size: tuple[int, int] = (1600, 1200),
    *,
    sensor: bytes = bytes(50_000),
    orientation: int = 1,
    compression: int = JPEG_XL,
    preview_compression: int = LOSSLESS_JPEG,
    preview_size: tuple[int, int] = (800, 600),
    photo: Fields | None = None,
) -> bytes:
    """A DNG whose sensor data LibRaw cannot decode, with a preview."""
    pixels = _sensor(size, len(sensor)) | {0x0103: short(compression)}
    first = _camera(orientation) | _preview(preview, preview_size)
    first |= {0x0103: short(preview_compression)}
    return _tiff_file(first, [photo or {}, pixels], [preview, sensor])


def _camera(orientation: int) -> Fields:
    return {
        0x010F: ascii_text("Lumen"),
        0x0110: ascii_text("L1 Mark II"),
        0x0112: short(orientation),
        0xC612: byte(1, 4, 0, 0),
        0xC613: byte(1, 1, 0, 0),
        0xC614: ascii_text("Lumen L1 Mark II"),
        0xC621: signed_rational(*((number, 10000) for number in _XYZ_TO_SRGB)),
        0xC628: rational((1, 1), (1, 1), (1, 1)),
        0xC65A: short(_D65),
        PHOTO_POINTER: long(0),
    }


def _sensor(size: tuple[int, int], length: int, bits: int = 16) -> Fields:
    return _pixels(size, length, _CFA_PHOTOMETRIC) | {
        0x0102: short(bits),
        0x828D: short(2, 2),
        0x828E: byte(0, 1, 1, 2),
        0xC61D: long((1 << bits) - 1),
    }


def _pixels(size: tuple[int, int], length: int, photometric: int) -> Fields:
    """The fields of a directory whose pixels are one uncompressed strip of 16-bit samples."""
    return {
        0x00FE: long(0),
        0x0100: long(size[0]),
        0x0101: long(size[1]),
        0x0102: short(16),
        0x0103: short(1),
        0x0106: short(photometric),
        0x0111: long(0),
        0x0115: short(1),
        0x0116: long(size[1]),
        0x0117: long(length),
        0x011C: short(1),
    }


def _preview(jpeg: bytes, size: tuple[int, int]) -> Fields:
    return _pixels(size, len(jpeg), photometric=6) | {
        0x00FE: long(1),
        0x0102: short(8, 8, 8),
        0x0103: short(7),
        0x0115: short(3),
        _SUB_DIRECTORIES: long(0),
    }


def _tiff_file(first: Fields, sub_directories: list[Fields], pieces: list[bytes]) -> bytes:
    """A TIFF file: header, first directory, EXIF directory, perhaps another, then the pixels."""
    positions = []
    at = 8 + len(directory(first, 8))
    for fields in sub_directories:
        positions.append(at)
        at += len(directory(fields, at))
    first = {**first, PHOTO_POINTER: long(positions[0]), 0x0111: long(at)}
    sub_directories = list(sub_directories)
    if len(positions) > 1:
        first[_SUB_DIRECTORIES] = long(positions[1])
        sub_directories[1] = {**sub_directories[1], 0x0111: long(at + len(pieces[0]))}
    parts = [b"II*\0", struct.pack("<I", 8), directory(first, 8)]
    parts += [
        directory(fields, position)
        for fields, position in zip(sub_directories, positions, strict=True)
    ]
    return b"".join(parts + pieces)


def _mosaic(picture: Image.Image) -> bytes:
    """What a sensor with red, green, green and blue filters sees, as linear 16-bit samples."""
    linear = [round(65535 * _linear(level / 255)) for level in range(256)]
    width, _ = picture.size
    red, green, blue = (band.tobytes() for band in picture.convert("RGB").split())
    rows = []
    for start in range(0, len(red), width):
        even = (start // width) % 2 == 0
        first, second = (red, green) if even else (green, blue)
        row = [0] * width
        row[0::2] = [linear[level] for level in first[start : start + width : 2]]
        row[1::2] = [linear[level] for level in second[start + 1 : start + width : 2]]
        rows.append(struct.pack(f"<{width}H", *row))
    return b"".join(rows)


def _linear(level: float) -> float:
    """The inverse of the sRGB transfer function."""
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
