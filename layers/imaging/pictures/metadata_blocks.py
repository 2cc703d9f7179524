"""Locates the metadata of a picture: in a segment, a chunk, a box or the file itself.

Most functions take the whole file and the same file opened, not decoded. The registry of formats
tells which function belongs to which format.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, cast

from pictures import exif, limits
from pictures.containers import jxl_boxes, png_chunks
from pictures.containers.boxes import boxes
from pictures.containers.photoshop_resources import IDENTIFIER, iptc_in
from pictures.containers.tiff_pages import block_of_shown_page
from pictures.formats.format import FileFacts

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.TiffImagePlugin import TiffImageFile

_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 0x83BB, 0x8649
# Adobe's identifiers, as exiftool and exiv2 read them; that of XMP is in ISO 16684-3 too.
_JPEG2000_EXIF = b"JpgTiffExif->JP2"
_JPEG2000_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_JPEG2000_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_XMP_MARKS = (b"<x:xmpmeta", b"<rdf:RDF")


def exif_of_pillow(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the EXIF that Pillow finds while it opens the file."""
    return bytes(picture.info.get("exif") or b"")


def xmp_of_pillow(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the XMP packet that Pillow finds while it opens the file."""
    packet = picture.info.get("xmp")
    return packet if isinstance(packet, bytes) else b""


def exif_of_tiff(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the file: its own directories are the EXIF, that of the shown page first."""
    return block_of_shown_page(data)


def xmp_of_tiff(data: bytes, picture: ImageFile) -> bytes:
    """Return the XMP packet in a field of the directory of the shown page, or of the first."""
    packet = cast("TiffImageFile", picture).tag_v2.get(_TIFF_XMP)
    if isinstance(packet, bytes):
        return packet
    if packet := xmp_of_pillow(data, picture):
        return packet
    block = block_of_shown_page(data)
    stored = exif.read(block).image.get(_TIFF_XMP) if block is not data else None
    return bytes(stored.data) if stored else b""


def exif_of_png(data: bytes, picture: ImageFile) -> bytes:
    """Return the EXIF in its chunk, before or after the pixels, else in a text.

    A chunk after the pixels is also put where Pillow would put it once it has decoded them.
    """
    if chunk := png_chunks.exif_chunk(data):
        picture.info["exif"] = chunk
        return chunk
    return png_chunks.legacy_exif(data)


def xmp_of_png(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the XMP packet in one of the texts."""
    return png_chunks.xmp(data)


def iptc_of_jpeg(data: bytes, picture: ImageFile) -> memoryview:  # noqa: ARG001
    """Return the IPTC data in the segments of Photoshop, each of which continues the one before."""
    segments = (
        content for name, content in cast("JpegImageFile", picture).applist if name == "APP13"
    )
    resources = (each.removeprefix(IDENTIFIER) for each in segments if each.startswith(IDENTIFIER))
    return iptc_in(b"".join(resources))


def iptc_of_png(data: bytes, picture: ImageFile) -> memoryview:  # noqa: ARG001
    """Return the IPTC data in a hexadecimal text."""
    return iptc_in(png_chunks.legacy_iptc(data))


def iptc_of_tiff(data: bytes, picture: ImageFile) -> memoryview:  # noqa: ARG001
    """Return the IPTC data in a field of their own, else among Photoshop's image resources."""
    fields = exif.read(block_of_shown_page(data)).image
    for tag in (_TIFF_IPTC, _TIFF_PHOTOSHOP):
        if tag in fields and (found := iptc_in(fields[tag].data)):
            return found
    return memoryview(b"")


def facts_of_png(data: bytes) -> FileFacts:
    """Return the software in a text, and the time in its chunk."""
    return FileFacts(png_chunks.software(data), png_chunks.last_change(data))


def exif_of_jpeg2000(data: bytes, picture: ImageFile) -> memoryview:  # noqa: ARG001
    """Return the content of a `uuid` box (ISO/IEC 15444-1, annex I.7.2)."""
    return _jpeg2000_box(data, _JPEG2000_EXIF)


def xmp_of_jpeg2000(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the XMP packet in a `uuid` box, or in an `xml ` box, where some software puts it."""
    if packet := _jpeg2000_box(data, _JPEG2000_XMP):
        return bytes(packet)
    text = bytes(_jpeg2000_box(data, b"xml ")[: limits.METADATA_TEXT_BYTES])
    return text if any(mark in text for mark in _XMP_MARKS) else b""


def iptc_of_jpeg2000(data: bytes, picture: ImageFile) -> memoryview:  # noqa: ARG001
    """Return the IPTC data in a `uuid` box."""
    return iptc_in(_jpeg2000_box(data, _JPEG2000_IPTC))


def _jpeg2000_box(data: bytes, kind: bytes) -> memoryview:
    """Return the content of the first box of a type; empty without any."""
    view, file = memoryview(data), io.BytesIO(data)
    most = limits.JPEG2000_BOXES  # only as far as is searched for the pixels
    for box in islice(boxes(file, 0, len(data), most=most + 1, is_lenient=True), most):
        if box.kind == kind:
            return view[box.start : box.end]
    return view[:0]


def exif_of_jxl(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the content of its box, which may be compressed."""
    return jxl_boxes.exif(data)


def xmp_of_jxl(data: bytes, picture: ImageFile) -> bytes:  # noqa: ARG001
    """Return the content of its box, which may be compressed."""
    return jxl_boxes.xmp(data)
