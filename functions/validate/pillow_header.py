"""Reads a header through Pillow, which opens lazily: nothing is decoded."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from validate.header import Header, MalformedHeader, orientation_of

if TYPE_CHECKING:
    from PIL import Image, ImageFile

# What Pillow raises for bytes that are not what they begin like.
_MALFORMED = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError)


def read_header(file: BinaryIO, name: str) -> Header:
    """Size in pixels, number of frames and EXIF orientation.

    Args:
        file: the picture, seekable.
        name: its format: JPEG, PNG, GIF, TIFF or BMP.

    Raises:
        MalformedHeader: Pillow cannot make sense of it.
    """
    try:
        image = _opener(name)(file)
        # A JPEG of several pictures is a phone's stereo or depth shot: the first is the picture.
        frames = 1 if name == "JPEG" else getattr(image, "n_frames", 1)
        return Header(*image.size, frames, _orientation(image, name))
    except (*_MALFORMED, struct.error, OverflowError) as error:
        raise MalformedHeader(str(error)) from error


def _orientation(image: Image.Image, name: str) -> int:
    if name == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the pixels to look for EXIF behind them
    return orientation_of(image.getexif())


def _opener(name: str) -> type[ImageFile.ImageFile]:
    """The plugin's own class: `Image.open` would try, and import, every other format too."""
    match name:
        case "JPEG":
            from PIL.JpegImagePlugin import JpegImageFile

            return JpegImageFile
        case "PNG":
            from PIL.PngImagePlugin import PngImageFile

            return PngImageFile
        case "GIF":
            from PIL.GifImagePlugin import GifImageFile

            return GifImageFile
        case "TIFF":
            from PIL.TiffImagePlugin import TiffImageFile

            return TiffImageFile
    from PIL.BmpImagePlugin import BmpImageFile

    return BmpImageFile
