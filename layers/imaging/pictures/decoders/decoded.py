"""What the converting decoders return, and the limits that they all keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline.refusals import too_many_pixels, without_pixels
from pictures.limits import JPEG_SIDE

if TYPE_CHECKING:
    from PIL import Image

    from image_pipeline.models import Conversion
    from pictures.colorimetry.stated import StatedColor
    from pictures.exif import Exif


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, upright, in the colors that its `profile` states.

    `has_full_chroma` says that the source kept the color of every pixel (4:4:4).
    """

    image: Image.Image
    profile: StatedColor
    exif: Exif
    conversion: Conversion
    has_full_chroma: bool = False


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by the size that its header states.

    Raises:
        ValidationError: `too_many_pixels`, or `corrupt` for a size of nothing.
    """
    if width < 1 or height < 1:
        raise without_pixels(width, height)
    if width * height > max_pixels or max(width, height) > JPEG_SIDE:
        raise too_many_pixels(width, height, 1, max_pixels, JPEG_SIDE)
