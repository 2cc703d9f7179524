"""Reads what a file states about its colors, in each format's own order of precedence.

Each function takes the whole file and the same file opened. The registry of formats tells which
one belongs to which format.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

from pictures.colorimetry.by_profile import by_profile

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from pictures.colorimetry.stated import StatedColor
    from pictures.decoders.jxl_image import JxlImageFile


def of_pillow(data: bytes, picture: ImageFile) -> StatedColor:  # noqa: ARG001
    """Return the ICC profile that Pillow finds, in formats with no other statement."""
    return by_profile(_icc(picture))


def of_png(data: bytes, picture: ImageFile) -> StatedColor:
    """Return what the chunks of a PNG state (PNG specification, third edition, 4.3)."""
    from pictures.colorimetry.png import named_space

    return named_space(data, _icc(picture))


def of_avif(data: bytes, picture: ImageFile) -> StatedColor:
    """Return what the properties of the primary picture state; a profile precedes code points."""
    from pictures.colorimetry.heif import stated_color

    return stated_color(io.BytesIO(data), _icc(picture))


def of_jpeg2000(data: bytes, picture: ImageFile) -> StatedColor:  # noqa: ARG001
    """Return what the header box of a JPEG 2000 states."""
    from pictures.colorimetry.jpeg2000 import stated_color

    return stated_color(data)


def of_jxl(data: bytes, picture: ImageFile) -> StatedColor:  # noqa: ARG001
    """Return what the header of a JPEG XL states about the levels that are decoded."""
    return cast("JxlImageFile", picture).color


def _icc(picture: ImageFile) -> bytes | None:
    profile = picture.info.get("icc_profile")
    return profile if isinstance(profile, bytes) and profile else None
