"""Encodes a decoded picture for the later steps: as a PNG where it is transparent, else a JPEG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import JpegImagePlugin  # noqa: F401 - registers the encoder, without Image.init()

from convert.exif_segment import exif_segment
from pictures import limits
from pictures.color import DEEP_GRAY, to_srgb, with_shown_levels
from pictures.layouts import eight_bit, without_needless_alpha

if TYPE_CHECKING:
    from PIL import Image

    from pictures.decoders.decoded import Decoded

# Well above the quality of renditions, which are encoded from this JPEG.
_QUALITY = 92
_FULL_CHROMA, _HALF_CHROMA = "4:4:4", "4:2:0"
# Level 1 takes 0.07 s per megapixel, nearly all of it to choose the filter of each row. Level 3
# takes twice and level 6 five times as long, for 5 and 15 % fewer bytes.
_COMPRESSION = 1


class Encoded(NamedTuple):
    """A file and Pillow's name of its format."""

    data: bytes
    format: str


def encode(decoded: Decoded) -> Encoded:
    """Encode a picture in sRGB, with its EXIF.

    Alpha that is opaque everywhere is dropped.
    """
    image = decoded.image if decoded.image.mode == DEEP_GRAY else eight_bit(decoded.image)
    image = without_needless_alpha(to_srgb(*with_shown_levels(image, decoded.profile)))
    exif = exif_segment(decoded.exif)
    if image.mode in {"LA", "RGBA"}:
        return Encoded(_png(image, exif), "PNG")
    return Encoded(_jpeg(image, exif, has_full_chroma=decoded.has_full_chroma), "JPEG")


def _jpeg(image: Image.Image, exif: bytes, *, has_full_chroma: bool) -> bytes:
    jpeg = io.BytesIO()
    # Phones and sensors record chroma at half the resolution, so 4:4:4 would only be a third
    # larger. A screenshot in 4:4:4 keeps its red letters sharp.
    image.save(
        jpeg,
        "JPEG",
        quality=_QUALITY,
        subsampling=_FULL_CHROMA if has_full_chroma else _HALF_CHROMA,
        exif=exif,
        icc_profile=None,
    )
    return jpeg.getvalue()


def _png(image: Image.Image, exif: bytes) -> bytes:
    """Encode losslessly; a picture that would take too many bytes is halved until it fits."""
    from PIL import PngImagePlugin  # noqa: F401 - registers the encoder

    while True:
        png = _BoundedFile(limits.CONVERTED_PNG_BYTES)
        try:
            image.save(png, "PNG", compress_level=_COMPRESSION, exif=exif, icc_profile=None)
        except _TooManyBytesError:
            image = _halved(image)
        else:
            return png.getvalue()


def _halved(image: Image.Image) -> Image.Image:
    premultiplied = {"LA": "La", "RGBA": "RGBa"}[image.mode]
    return image.convert(premultiplied).reduce(2).convert(image.mode)


class _TooManyBytesError(Exception):
    """A file is larger than its limit."""


class _BoundedFile(io.BytesIO):
    """A file in memory that refuses to grow beyond a limit."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self._most:
            raise _TooManyBytesError
        return super().write(data)
