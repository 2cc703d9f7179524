"""The EXIF that goes along with a converted picture, as the segment of a JPEG."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pictures import limits
from pictures.exif import GPS_POINTER, ORIENTATION, PHOTO_POINTER

if TYPE_CHECKING:
    from collections.abc import Callable

from pictures.exif import Directory, Exif

_IDENTIFIER = b"Exif\0\0"
_SHORT, _LONG = 3, 4
_HEADER_LENGTH, _ENTRY_LENGTH, _INLINE = 8, 12, 4

# EXIF 2.32, tables 3 and 4. What else the first directory of a camera RAW holds describes its
# sensor and its strips: true there, false of a JPEG.
_IMAGE_TAGS = frozenset(
    {0x010E, 0x010F, 0x0110, ORIENTATION, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B, 0x8298}
    # TIFF/EP writes the exposure here: time, aperture, sensitivity, dates, focal length.
    | {0x829A, 0x829D, 0x8827, 0x9003, 0x9004, 0x9201, 0x9202, 0x920A}
)
# A maker note is full of offsets that break when it moves, and often larger than all the rest;
# a user comment is nobody else's business; the interoperability directory is not read.
_DROPPED_PHOTO_TAGS = frozenset({0x927C, 0x9286, 0xA005})
_GPS_TAGS = range(0x20)


def exif_segment(exif: Exif) -> bytes:
    """A block with the fields of a picture whose pixels are upright now: orientation 1.

    No field is decoded: the bytes go over as they are, so what is odd about them is still
    there for whoever reads them. Thumbnails, maker notes and fields over 1 KB stay behind.

    Returns:
        The segment's content with its `Exif` identifier; empty if there is nothing to keep.
    """
    fields = [*exif.image.values(), *exif.photo.values(), *exif.gps.values()]
    if not fields:
        return b""
    order = fields[0].order
    image = _kept(exif.image, order, lambda tag: tag in _IMAGE_TAGS)
    photo = _kept(exif.photo, order, lambda tag: tag not in _DROPPED_PHOTO_TAGS)
    gps = _kept(exif.gps, order, lambda tag: tag in _GPS_TAGS)
    image[ORIENTATION] = _Entry(_SHORT, struct.pack(f"{order}H", 1), 1)
    image[PHOTO_POINTER] = image[GPS_POINTER] = _Entry(_LONG, bytes(4), 1)
    photo_at = _HEADER_LENGTH + len(_directory(image, _HEADER_LENGTH, order))
    gps_at = photo_at + len(_directory(photo, photo_at, order))
    image[PHOTO_POINTER] = _Entry(_LONG, struct.pack(f"{order}I", photo_at), 1)
    image[GPS_POINTER] = _Entry(_LONG, struct.pack(f"{order}I", gps_at), 1)
    mark = b"II" if order == "<" else b"MM"
    return b"".join(
        (
            _IDENTIFIER,
            mark + struct.pack(f"{order}HI", 42, _HEADER_LENGTH),
            _directory(image, _HEADER_LENGTH, order),
            _directory(photo, photo_at, order),
            _directory(gps, gps_at, order),
        )
    )


@dataclass(frozen=True)
class _Entry:
    """A field to be written: its TIFF type, its bytes and how many values they are."""

    kind: int
    data: bytes
    count: int


def _kept(directory: Directory, order: str, is_wanted: Callable[[int], bool]) -> dict[int, _Entry]:
    """The wanted fields of a directory, up to the room that one has in the segment."""
    entries: dict[int, _Entry] = {}
    room, most = limits.EXIF_SEGMENT_DIRECTORY_BYTES, limits.EXIF_SEGMENT_FIELD_BYTES
    for tag, field in directory.items():
        size = len(field.data)
        if not is_wanted(tag) or field.order != order or size > min(room, most):
            continue
        entries[tag] = _Entry(field.kind, bytes(field.data), field.count)
        room -= size + _ENTRY_LENGTH
    return entries


def _directory(entries: dict[int, _Entry], at: int, order: str) -> bytes:
    """A directory at an offset of the block, with the values that do not fit in behind it."""
    body_at = at + 2 + _ENTRY_LENGTH * len(entries) + 4
    head, body = struct.pack(f"{order}H", len(entries)), b""
    for tag, entry in sorted(entries.items()):
        head += struct.pack(f"{order}HHI", tag, entry.kind, entry.count)
        if len(entry.data) <= _INLINE:
            head += entry.data.ljust(_INLINE, b"\0")
        else:
            head += struct.pack(f"{order}I", body_at + len(body))
            body += entry.data + b"\0" * (len(entry.data) % 2)
    return head + struct.pack(f"{order}I", 0) + body
