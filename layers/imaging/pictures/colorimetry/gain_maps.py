"""Recognizes gain maps: further pictures in a file that make highlights brighter on HDR displays.

The base picture is what every rendition shows. Three kinds are in use: Ultra HDR and Adobe's
(`hdrgm` in XMP), ISO 21496-1 (a segment in JPEG, a `tmap` item in HEIF and AVIF, a box in JPEG XL),
and Apple's (an auxiliary picture).
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.errors import ValidationError
from pictures import limits
from pictures.containers import jxl_boxes, read_at
from pictures.containers.heif_items import read_items
from pictures.containers.jpeg_segments import segments

if TYPE_CHECKING:
    from collections.abc import Iterator

ULTRA_HDR, ISO_21496, APPLE = "gain_map_ultra_hdr", "gain_map_iso_21496_1", "gain_map_apple"
"""What the record says of each kind."""

_APP1, _APP2 = 0xE1, 0xE2
_START = b"\xff\xd8"
_HEAD_LENGTH = 4  # of a segment: marker, length
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_MULTI_PICTURE = b"MPF\0"
_ISO_IDENTIFIER = b"urn:iso:std:iso:ts:21496:-1\0"
_MAP_IN_XMP = (
    (b"http://ns.adobe.com/hdr-gain-map/1.0/", ULTRA_HDR),
    (b"http://ns.apple.com/HDRGainMap/1.0/", APPLE),
    (b"urn:com:apple:photo:2020:aux:hdrgainmap", APPLE),
)
_APPLE_TYPE = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
_ENTRIES = 0xB002  # CIPA DC-007, 5.2.3.3: size of 16 bytes, the second of four numbers in each
_ENTRY_LENGTH = 16


def of_jpeg(data: bytes) -> str | None:
    """Return the kind of gain map that a JPEG holds.

    Apple says so only in the gain map itself, which the index of an MPO leads to.
    """
    file = io.BytesIO(data)
    kinds = set(_stated(file, 0))
    if not kinds:
        with suppress(ValidationError):  # a gain map that is damaged does not matter
            for start in _further_pictures(file):
                kinds.update(_stated(file, start))
    return next((kind for kind in (ISO_21496, ULTRA_HDR, APPLE) if kind in kinds), None)


def of_heif(data: bytes) -> str | None:
    """Return the kind of gain map that an HEIF or AVIF holds."""
    items = read_items(io.BytesIO(data))
    found = list(items.by_number.values()) if items else []
    if any(item.kind == b"tmap" for item in found):
        return ISO_21496
    # After version and flags comes the type of an auxiliary picture.
    if any(item.property(b"auxC")[4:].startswith(_APPLE_TYPE) for item in found):
        return APPLE
    return None


def of_jxl(data: bytes) -> str | None:
    """Return the kind of gain map that a JPEG XL holds, in a box of its own."""
    return ISO_21496 if jxl_boxes.metadata(data, b"jhgm") else None


def _stated(file: BinaryIO, start: int) -> Iterator[str]:
    """Yield the kinds that the segments of a picture name."""
    for content in _contents(file, start, _APP1, _XMP):
        yield from (kind for text, kind in _MAP_IN_XMP if text in content)
    for _ in _contents(file, start, _APP2, _ISO_IDENTIFIER):
        yield ISO_21496


def _contents(file: BinaryIO, start: int, marker: int, identifier: bytes) -> Iterator[bytes]:
    """Yield the content of the segments with an identifier, of the picture at a position."""
    for segment in segments(file, start):
        if segment.marker == marker and identifier.startswith(segment.content[:4]):
            content = read_at(file, segment.position + _HEAD_LENGTH, segment.length - 2)
            if content.startswith(identifier):
                yield content


def _further_pictures(file: BinaryIO) -> Iterator[int]:
    """Yield where the pictures after the first begin, by the index of an MPO (CIPA DC-007)."""
    for segment in segments(file):
        content = segment.content[: len(_MULTI_PICTURE)]
        if segment.marker != _APP2 or content != _MULTI_PICTURE:
            continue
        # Positions count from the byte order mark.
        base = segment.position + _HEAD_LENGTH + len(_MULTI_PICTURE)
        index = read_at(file, base, segment.length - 2 - len(_MULTI_PICTURE))
        for offset in _offsets(index):
            if offset and read_at(file, base + offset, len(_START)) == _START:
                yield base + offset


def _offsets(index: bytes) -> tuple[int, ...]:
    """Return the offsets of the pictures; empty if the index is damaged."""
    order = ">" if index[:2] == b"MM" else "<"
    try:
        (at,) = struct.unpack_from(f"{order}I", index, 4)
        (count,) = struct.unpack_from(f"{order}H", index, at)
        for place in range(min(count, limits.MPO_FIELDS)):
            tag, _, length, entries = struct.unpack_from(f"{order}HHII", index, at + 2 + 12 * place)
            if tag == _ENTRIES:
                pictures = min(length // _ENTRY_LENGTH, limits.MPO_PICTURES)
                return tuple(
                    struct.unpack_from(f"{order}I", index, entries + 8 + _ENTRY_LENGTH * picture)[0]
                    for picture in range(pictures)
                )
    except struct.error:  # truncated
        pass
    return ()
