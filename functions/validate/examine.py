"""The whole examination of a file, reading no more of it than its header."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.models import Facts
from pictures.formats import CONVERTED, FORMATS, sniff
from pictures.limits import POLYGLOT_BYTES, pixels_for
from validate import tiff
from validate.header import MalformedHeader
from validate.polyglot import check_polyglot
from validate.rules import check_declared, check_dimensions, unsupported

if TYPE_CHECKING:
    from validate.header import Header


def examine(file: BinaryIO, key: str, content_type: str, max_pixels: int) -> Facts:
    """The facts of an acceptable picture.

    Args:
        file: the upload, seekable.
        key: its object key, for the extension.
        content_type: as declared by the uploader; empty if not at all.
        max_pixels: width × height × frames may not be more.

    Raises:
        ValidationError: the file is not acceptable; the reason says why.
    """
    head = file.read(POLYGLOT_BYTES)
    name = sniff(head)
    if name == "TIFF" and tiff.holds_sensor_data(file):
        name = "RAW"
    if name is None:
        raise unsupported(head)
    check_polyglot(head)
    warnings = check_declared(key, content_type, name)
    known = FORMATS[name]
    if name == "RAW":  # LibRaw alone knows the sizes of all makers: the conversion checks them
        return Facts(name, known.content_type, warnings=warnings)
    try:
        header = _read_header(file, name, max_pixels)
    except MalformedHeader as malformed:
        message = "The file is damaged or incomplete; export or upload it again."
        raise ValidationError(Reason.CORRUPT, message) from malformed
    # Of a sequence that is converted, and of the pages of a TIFF, only the first is decoded.
    frames = 1 if name in CONVERTED or name == "TIFF" else header.frames
    width, height = header.displayed_size
    check_dimensions(width, height, frames, pixels_for(name, max_pixels))
    return Facts(name, known.content_type, width, height, header.frames, warnings)


def _read_header(file: BinaryIO, name: str, max_pixels: int) -> Header:
    """Each reader is imported with the format that needs it: most uploads are JPEGs."""
    file.seek(0)
    match name:
        case "WEBP":
            from validate import webp

            return webp.read_header(file)
        case "AVIF" | "HEIF":
            from validate import heif

            return heif.read_header(file, name, max_pixels)
        case "ICO":
            from validate import ico

            return ico.read_header(file, max_pixels)
    from validate import pillow_header

    return pillow_header.read_header(file, name, max_pixels)
