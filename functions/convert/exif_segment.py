"""Writes the EXIF of a converted picture as the segment of a JPEG."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from pictures import limits
from pictures.containers.tiff_directories import (
    LONG,
    SHORT,
    StoredField,
    directory_bytes,
    header_bytes,
)
from pictures.exif import GPS_POINTER, ORIENTATION, PHOTO_POINTER, TEXT_KINDS
from pictures.maker_note import LENS_MODEL, lens

if TYPE_CHECKING:
    from collections.abc import Container

    from pictures.exif import Directory, Exif

_IDENTIFIER = b"Exif\0\0"
_HEADER_LENGTH, _ENTRY_LENGTH = 8, 12

# EXIF 2.32, tables 3 and 4. The other fields in the first directory of a camera RAW describe its
# sensor and strips, and would be false in a JPEG.
_IMAGE_TAGS = frozenset(
    {0x010E, 0x010F, 0x0110, ORIENTATION, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298}
    # TIFF/EP keeps the exposure here: time, aperture, sensitivity, dates, focal length.
    | {0x829A, 0x829D, 0x8827, 0x9003, 0x9004, 0x9201, 0x9202, 0x920A}
)
# Maker notes contain offsets that break when they move, and are often larger than all other fields;
# user comments are private; the interoperability directory is not read.
_DROPPED_PHOTO_TAGS = frozenset({0x927C, 0x9286, 0xA005})
_GPS_TAGS = range(0x20)


def exif_segment(exif: Exif) -> bytes:
    """Return a segment with the fields of a picture whose pixels are upright: orientation 1.

    Values are copied undecoded, so that the reader of the JPEG sees any oddities of the source.
    Thumbnails, maker notes and fields over 1 KB are left out.

    Returns:
        The segment's content with its `Exif` identifier; empty if there is no field.
    """
    fields = [*exif.image.values(), *exif.photo.values(), *exif.gps.values()]
    if not fields:
        return b""
    order = fields[0].order
    image = _kept(exif.image, order, _IMAGE_TAGS)
    photo = _kept(_with_lens(exif), order, exif.photo.keys() - _DROPPED_PHOTO_TAGS | {LENS_MODEL})
    gps = _kept(exif.gps, order, _GPS_TAGS)
    image[ORIENTATION] = StoredField(SHORT, 1, struct.pack(f"{order}H", 1))
    image[PHOTO_POINTER] = image[GPS_POINTER] = _offset(0, order)
    photo_at = _HEADER_LENGTH + len(directory_bytes(image, _HEADER_LENGTH, order))
    gps_at = photo_at + len(directory_bytes(photo, photo_at, order))
    image[PHOTO_POINTER], image[GPS_POINTER] = _offset(photo_at, order), _offset(gps_at, order)
    return b"".join(
        (
            _IDENTIFIER,
            header_bytes(_HEADER_LENGTH, order),
            directory_bytes(image, _HEADER_LENGTH, order),
            directory_bytes(photo, photo_at, order),
            directory_bytes(gps, gps_at, order),
        )
    )


def _with_lens(exif: Exif) -> Directory:
    """Return the EXIF directory, with the name of the lens that the maker note may have alone."""
    found = None if LENS_MODEL in exif.photo else lens(exif)
    return exif.photo | ({LENS_MODEL: found} if found else {})


def _kept(directory: Directory, order: str, wanted: Container[int]) -> dict[int, StoredField]:
    """Return the wanted fields of a directory, up to the space it has in the segment."""
    kept: dict[int, StoredField] = {}
    room, most = limits.EXIF_SEGMENT_DIRECTORY_BYTES, limits.EXIF_SEGMENT_FIELD_BYTES
    for tag, field in directory.items():
        size = len(field.data)
        is_readable = field.order == order or field.kind in TEXT_KINDS
        if tag not in wanted or not is_readable or size > min(room, most):
            continue
        kept[tag] = StoredField(field.kind, field.count, bytes(field.data))
        room -= size + _ENTRY_LENGTH
    return kept


def _offset(position: int, order: str) -> StoredField:
    return StoredField(LONG, 1, struct.pack(f"{order}I", position))
