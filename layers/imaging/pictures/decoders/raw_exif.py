"""Finds the EXIF of camera RAW files, most of which are TIFF files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from image_pipeline.errors import ValidationError
from pictures.containers.boxes import find, whole
from pictures.decode import open_picture
from pictures.exif import Exif, read
from pictures.limits import METADATA_TEXT_BYTES
from pictures.xmp import completed, read_xmp

if TYPE_CHECKING:
    from pictures.exif import Directory

_FUJI_MARK = b"FUJIFILMCCD-RAW"
_FUJI_JPEG_POINTER = 84  # two big-endian 32-bit numbers: offset and length
_MINOLTA_MARK = b"\0MRM"
_MINOLTA_TIFF = b"\0TTW"
_PANASONIC_MARK = b"IIU\0"
_JPEG_FROM_RAW = 0x002E
_CANON_BOXES = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_SOFTWARE, _XMP = 0x0131, 0x02BC


def raw_exif(data: bytes) -> Exif:
    """Return the EXIF of a camera RAW; empty if there is none in a known place.

    DNG, CR2, NEF, ARW, PEF, SRW and most others are TIFF files, and so is ORF except for its
    signature. A CR3 has a TIFF block per directory (github.com/lclevy/canon_cr3), an MRW one among
    its blocks, a RAF a JPEG before its pixels (exiftool.org/TagNames/FujiFilm.html), an RW2 a JPEG
    in a field, with more EXIF than its own directories.
    """
    view = memoryview(data)
    if data.startswith(_FUJI_MARK):
        return jpeg_exif(_fuji_jpeg(view))
    if data[4:8] == b"ftyp":
        return _canon_exif(data)
    if data.startswith(_MINOLTA_MARK):
        return _minolta_exif(view)
    exif = _tiff_exif(view) if data[:2] in {b"II", b"MM"} else Exif()
    if data.startswith(_PANASONIC_MARK) and _JPEG_FROM_RAW in exif.image:
        own = jpeg_exif(exif.image[_JPEG_FROM_RAW].data)
        return own if own.image else exif
    return exif


def jpeg_exif(jpeg: bytes | memoryview) -> Exif:
    """Return the EXIF of a JPEG; empty without any, and for other data."""
    try:
        picture = open_picture(bytes(jpeg), "JPEG")
    except ValidationError:  # not a JPEG, so no metadata either
        return Exif()
    block = picture.info.get("exif")
    return read(block) if block else Exif()


def preview_exif(jpeg: bytes) -> Exif:
    """Return the EXIF of the preview as LibRaw extracts it.

    Where the camera wrote none, LibRaw inserts what it knows about camera and exposure, with itself
    as the software.
    """
    exif = jpeg_exif(jpeg)
    software = exif.image.get(_SOFTWARE)
    if software is not None and bytes(software.data).startswith(b"dcraw"):
        del exif.image[_SOFTWARE]
    return exif


def _tiff_exif(view: memoryview) -> Exif:
    """Return the EXIF in a TIFF, completed from the XMP in one of its fields."""
    exif = read(view)
    packet = exif.image.get(_XMP)
    return completed(exif, read_xmp(bytes(packet.data[:METADATA_TEXT_BYTES]))) if packet else exif


def _fuji_jpeg(view: memoryview) -> memoryview:
    offset, length = (
        int.from_bytes(view[at : at + 4], "big")
        for at in (_FUJI_JPEG_POINTER, _FUJI_JPEG_POINTER + 4)
    )
    return view[offset : offset + length]


def _minolta_exif(view: memoryview) -> Exif:
    """Search the sequence of blocks, each with a name, a big-endian length and content."""
    start, end = 8, 8 + int.from_bytes(view[4:8], "big")
    while start + 8 <= min(end, len(view)):
        length = int.from_bytes(view[start + 4 : start + 8], "big")
        if view[start : start + 4] == _MINOLTA_TIFF:
            return read(view[start + 8 : start + 8 + length])
        start += 8 + length
    return Exif()


def _canon_exif(data: bytes) -> Exif:
    file, view = io.BytesIO(data), memoryview(data)
    canon = find(file, whole(file), b"moov", _CANON_BOXES)
    if canon is None:
        return Exif()

    def directory(kind: bytes) -> tuple[Directory, bool]:
        box = find(file, canon, kind)
        block = read(view[box.start : box.end]) if box else Exif()
        return block.image, block.damaged

    (image, image_damaged), (photo, photo_damaged), (gps, gps_damaged) = map(
        directory, (b"CMT1", b"CMT2", b"CMT4")
    )
    return Exif(image, photo, gps, image_damaged or photo_damaged or gps_damaged)
