"""Looks at how a file is built before a decoder does: what would cost too much is refused here.

Only counts and sizes are read; whether the file makes sense is for the decoder to say. Each check
ends early at whatever it does not understand.
"""

from __future__ import annotations

from importlib import import_module
from typing import BinaryIO

from image_pipeline.errors import Reason, ValidationError
from pictures.limits import FILE_BYTES

# Imported for the format at hand.
_CHECKS = {
    "JPEG": "jpeg",
    "PNG": "png",
    "GIF": "gif",
    "TIFF": "tiff",
    "JPEG2000": "jpeg2000",
    "ICO": "ico",
    "AVIF": "heif",
    "HEIF": "heif",
}


def check_structure(
    file: BinaryIO, format_name: str, max_pixels: int, *, header_only: bool
) -> None:
    """Refuse a file that would take a decoder much time or memory for little picture.

    Args:
        file: seekable; left wherever it was read last.
        format_name: as in `pictures.formats`.
        max_pixels: the largest width × height × frames to accept.
        header_only: read no further than to the pixels, where the format allows that.

    Raises:
        ValidationError: `too_complex`, `too_many_pixels`, or `unsupported_format` for a variant
            that no decoder here reads.
    """
    if format_name in _CHECKS:
        module = import_module(f"pictures.preflight.{_CHECKS[format_name]}")
        module.check(file, max_pixels, header_only=header_only)


def too_complex(what: str) -> ValidationError:
    """The refusal of a file with more of something than any real picture has.

    Args:
        what: of what there is too much, such as "metadata segments".
    """
    return ValidationError(
        Reason.TOO_COMPLEX,
        f"The file has more {what} than real pictures have; export the picture again.",
    )


def too_many_pixels(width: int, height: int, frames: int, max_pixels: int) -> ValidationError:
    """The refusal of a picture that is too large, with the arithmetic."""
    size = f"{width} × {height}" + (f" × {frames} frames" if frames > 1 else "")
    return ValidationError(
        Reason.TOO_MANY_PIXELS,
        f"The picture has {size} = {width * height * frames:,} pixels; at most {max_pixels:,}"
        " are accepted. Upload a smaller one.",
    )


def read_at(file: BinaryIO, position: int, length: int) -> bytes:
    """Some bytes from a position; fewer where the file ends."""
    if position > FILE_BYTES:
        return b""
    file.seek(position)
    return file.read(length)
