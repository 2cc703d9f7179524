"""Decides whether Rekognition may read an object itself: only if it sees what renditions show."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

from image_pipeline.errors import ValidationError
from moderate.sheets import LONGEST
from pictures import limits
from pictures.color import is_for_gray, srgb_transform
from pictures.containers.jpeg_segments import END_MARKER, segments
from pictures.containers.png_chunks import chunks
from pictures.decode import open_picture, reading
from pictures.formats import FORMATS
from pictures.orientation import orientation

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile

_MIN_SIDE, _MAX_SIDE = limits.REKOGNITION_SIDES
_FORMATS = frozenset({"JPEG", "PNG"})
_OPAQUE = {"JPEG": frozenset({"L", "RGB"}), "PNG": frozenset({"1", "L", "P", "RGB"})}
# Components by their numbers, and how luma and chroma are sampled: readers differ in all others.
_COMPONENTS = ([1], [1, 2, 3])
_LUMA, _CHROMA = frozenset({(1, 1), (2, 1), (1, 2), (2, 2)}), (1, 1)
_YCBCR = 1  # Adobe's number of the transform
_HUFFMAN_CODED = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive
_EXIF = b"Exif"
# What may follow the pixels of a PNG.
_AFTER_PIXELS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_BIT_DEPTH_AT = 24  # of a PNG: after its signature, and length, type, width and height of IHDR


def may_fit(format_name: str, size_in_bytes: int) -> bool:
    """Return whether a file can be one that Rekognition accepts, before its header is read."""
    return format_name in _FORMATS and size_in_bytes <= limits.REKOGNITION_OBJECT_BYTES


def is_shown_as_stored(file: BinaryIO, format_name: str, max_pixels: int) -> bool:
    """Return whether a decoder that knows nothing but pixels shows what renditions show.

    That is so for an opaque and whole JPEG or PNG of one frame and 8 bits, in gray or RGB, whose
    color needs no conversion. Its sides are within Rekognition's limits, and it is not so long that
    a model with a square field of view sees little of it (`moderate.sheets.LONGEST`). The
    orientation of a JPEG may be in its EXIF, which Rekognition applies, too
    (docs.aws.amazon.com/rekognition/latest/dg/image-orientation.html).

    Args:
        file: seekable; only its header, its end and the headers of chunks are read.
        format_name: as in `pictures.formats`.
        max_pixels: the largest width × height × frames to accept.
    """
    try:
        picture = open_picture(file, format_name, max_pixels=max_pixels)
        with reading():
            return _has_plain_pixels(picture, file) and _has_plain_shape(*picture.size)
    except ValidationError:
        return False  # decoding it tells why


def _has_plain_pixels(picture: ImageFile, file: BinaryIO) -> bool:
    if picture.mode not in _OPAQUE[str(picture.format)] or picture.has_transparency_data:
        return False
    if picture.format == "JPEG":
        if not _has_usual_components(cast("JpegImageFile", picture)) or not _is_ordinary(file):
            return False
    elif not _has_usual_chunks(file) or orientation(picture) != 1 or _bit_depth(file) > 8:
        return False
    color = FORMATS[str(picture.format)].stated_color(_header(picture, file), picture)
    layout = _layout(picture)
    if layout == "RGB" and is_for_gray(color):
        return False  # some readers apply it where the pixels turn out to be gray
    return srgb_transform(layout, color).changes_nothing


def _has_usual_components(picture: JpegImageFile) -> bool:
    """Return whether a JPEG is in gray or YCbCr for every reader, whatever it goes by."""
    numbers = [component[0] for component in picture.layer]
    samplings = [component[1:3] for component in picture.layer]
    return (
        numbers in _COMPONENTS
        and picture.info.get("adobe_transform", _YCBCR) == _YCBCR
        and samplings[0] in (_LUMA if len(samplings) > 1 else {_CHROMA})
        and all(sampling == _CHROMA for sampling in samplings[1:])
    )


def _is_ordinary(file: BinaryIO) -> bool:
    """Return whether a JPEG is Huffman coded, turned by one EXIF, and ends as it should."""
    found = list(segments(file))
    is_coded = any(segment.marker in _HUFFMAN_CODED for segment in found)
    if not is_coded or sum(segment.content.startswith(_EXIF) for segment in found) > 1:
        return False
    file.seek(-len(END_MARKER), io.SEEK_END)
    return file.read(len(END_MARKER)) == END_MARKER


def _has_usual_chunks(file: BinaryIO) -> bool:
    """Return whether a PNG has no animation, nothing twice, and only texts after its pixels.

    Its EXIF, which turns it, may be anywhere.
    """
    kinds = [kind for kind, _, _ in islice(chunks(file), limits.JUDGED_PNG_CHUNKS + 1)]
    if len(kinds) > limits.JUDGED_PNG_CHUNKS or b"IDAT" not in kinds or b"acTL" in kinds:
        return False
    pixels = kinds.index(b"IDAT")
    before, after = kinds[:pixels], kinds[pixels + kinds.count(b"IDAT") :]
    once = [kind for kind in before if kind not in _AFTER_PIXELS]
    return len(set(once)) == len(once) and _AFTER_PIXELS.issuperset(after)


def _layout(picture: ImageFile) -> str:
    return "L" if picture.mode in {"1", "L"} else "RGB"


def _header(picture: ImageFile, file: BinaryIO) -> bytes:
    """Return a PNG up to its pixels."""
    file.seek(0)
    return file.read(picture.tile[0].offset)


def _bit_depth(file: BinaryIO) -> int:
    file.seek(_BIT_DEPTH_AT)
    return file.read(1)[0]


def _has_plain_shape(width: int, height: int) -> bool:
    short, long = sorted((width, height))
    return short >= _MIN_SIDE and long <= min(_MAX_SIDE, short * LONGEST)
