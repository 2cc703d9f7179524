"""Converts camera RAW and HEIF to a JPEG or PNG, which the later steps read."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convert.encode import encode
from pictures.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from image_pipeline.models import Conversion


@dataclass(frozen=True)
class Converted:
    """A file made of a picture, and the facts about its source that it lacks.

    `format` is JPEG, or PNG for a picture with transparent parts.
    """

    data: bytes
    format: str
    conversion: Conversion


def convert_picture(
    data: bytes,
    format_name: str,
    *,
    max_pixels: int,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> Converted:
    """Make a full-size JPEG or PNG of a picture: upright, in sRGB, with its EXIF.

    The EXIF orientation is 1, because the pixels are upright.

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
        encoded = encode(decoded)
    return Converted(encoded.data, encoded.format, decoded.conversion)
