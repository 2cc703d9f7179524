"""Where the EXIF of a picture is: in a segment, a chunk, a box, or the file itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from metadata import png_chunks
from pictures.limits import JPEG2000_BOXES

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile
    from PIL.TiffImagePlugin import TiffImageFile

_TIFF_XMP = 700
_JPEG2000_EXIF = b"uuidJpgTiffExif->JP2"  # Adobe's identifier, as exiftool and exiv2 read it


def exif_block(data: bytes, picture: ImageFile) -> bytes | memoryview:
    """The block with the TIFF structure that holds a picture's EXIF; empty if there is none.

    Args:
        data: the whole file.
        picture: the same, opened; it is not decoded.
    """
    match picture.format:
        case "TIFF":
            return data
        case "JPEG2000":
            return _jpeg2000_block(memoryview(data))
        case "PNG":
            return png_chunks.exif_chunk(data) or png_chunks.legacy_exif(data)
    return bytes(picture.info.get("exif") or b"")


def xmp_packet(data: bytes, picture: ImageFile) -> bytes:
    """The XMP packet of a picture; empty if there is none.

    Args:
        data: the whole file.
        picture: the same, opened; it is not decoded.
    """
    if picture.format == "PNG":
        return png_chunks.xmp(data)
    packet = picture.info.get("xmp")
    if packet is None and picture.format == "TIFF":
        packet = cast("TiffImageFile", picture).tag_v2.get(_TIFF_XMP)
    return packet if isinstance(packet, bytes) else b""


def _jpeg2000_block(view: memoryview) -> memoryview:
    """The content of a box for users' own things (ISO/IEC 15444-1, annex I.7.2)."""
    position = 0
    for _ in range(JPEG2000_BOXES):
        length = int.from_bytes(view[position : position + 4], "big")
        content = position + 4 + len(_JPEG2000_EXIF)
        if view[position + 4 : content] == _JPEG2000_EXIF:
            return view[content : position + length] if length else view[content:]
        if length < 8:
            break
        position += length
    return view[:0]
