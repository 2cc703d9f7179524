"""Converts camera RAW and HEIF to a JPEG, which the later steps read."""

from __future__ import annotations

import io
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import JpegImagePlugin  # noqa: F401 - registers the encoder, without Image.init()

from convert.exif_segment import exif_segment
from pictures.color import flatten, to_srgb
from pictures.formats import FORMATS
from pictures.layouts import eight_bit

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from image_pipeline.models import Conversion
    from pictures.decoders.decoded import Decoded

# Well above the quality of renditions, which are encoded from this JPEG.
_QUALITY = 92
_FULL_CHROMA, _HALF_CHROMA = "4:4:4", "4:2:0"


@dataclass(frozen=True)
class Converted:
    """A JPEG made of a picture, and the facts about its source that it lacks."""

    data: bytes
    conversion: Conversion


def to_jpeg(
    data: bytes,
    format_name: str,
    *,
    max_pixels: int,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Converted:
    """Make a full-size JPEG of a picture: upright, in sRGB, with its EXIF.

    Transparent parts show white. The EXIF orientation is 1, because the pixels are upright.

    Args:
        data: the whole file.
        format_name: HEIF or RAW.
        max_pixels: the largest width × height to decode.
        stage: surrounds each of the steps Decode and Encode, to time them.

    Raises:
        ValidationError: `too_many_pixels`, before anything is decoded; `unsupported_format`,
            `too_complex` or `corrupt`.
    """
    with stage("Decode"):
        decoded = FORMATS[format_name].convert(data, max_pixels)
    with stage("Encode"):
        return Converted(_encoded(decoded), decoded.conversion)


def _encoded(decoded: Decoded) -> bytes:
    image = flatten(to_srgb(eight_bit(decoded.image), decoded.profile))
    jpeg = io.BytesIO()
    # Phones and sensors record chroma at half the resolution, so 4:4:4 would only be a third
    # larger. A screenshot in 4:4:4 keeps its red letters sharp.
    image.save(
        jpeg,
        "JPEG",
        quality=_QUALITY,
        subsampling=_FULL_CHROMA if decoded.has_full_chroma else _HALF_CHROMA,
        exif=exif_segment(decoded.exif),
        icc_profile=None,
    )
    return jpeg.getvalue()
