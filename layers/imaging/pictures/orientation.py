"""Which way up a picture is, and turning it upright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from pictures import exif
from pictures.formats import FORMATS

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation(picture: ImageFile) -> int:
    """Return the EXIF orientation, 1 to 8, that is still to be applied to the decoded pixels.

    Anything unreadable or out of range is 1. An AVIF's is that of its `irot` and `imir` boxes,
    which Pillow reports as EXIF. A PNG may keep its EXIF after the pixels: ask after `decode`.
    """
    data = picture.info.get("exif")
    if FORMATS[str(picture.format)].is_turned_by_decoder or not isinstance(data, bytes):
        return 1
    return exif.read(data).orientation or 1


def display_size(picture: ImageFile) -> tuple[int, int]:
    """Return width and height in pixels as displayed: after the orientation."""
    width, height = picture.size
    return (height, width) if orientation(picture) >= 5 else (width, height)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the image turned and mirrored as an EXIF orientation from 1 to 8 says."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
