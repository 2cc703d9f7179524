"""What the decoders hand over, and the limits that they all keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline.errors import Reason, ValidationError
from pictures.limits import JPEG_SIDE

if TYPE_CHECKING:
    from PIL import Image

    from image_pipeline.models import Conversion
    from pictures.exif import Exif


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, upright, in the colours of its own `profile`.

    `has_full_chroma` says that the source kept the colour of every pixel (4:4:4).
    """

    image: Image.Image
    profile: bytes | None
    exif: Exif
    conversion: Conversion
    has_full_chroma: bool = False


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by the size that its header states.

    Raises:
        ValidationError: `too_many_pixels`, or `corrupt` for a size of nothing.
    """
    if width < 1 or height < 1:
        raise damaged()
    if width * height > max_pixels or max(width, height) > JPEG_SIDE:
        raise ValidationError(
            Reason.TOO_MANY_PIXELS,
            f"The picture has {width} × {height} pixels; at most {max_pixels:,} pixels with no"
            f" side over {JPEG_SIDE:,} are accepted. Upload a smaller one.",
        )


def damaged() -> ValidationError:
    """The error for a file that no decoder can make sense of."""
    return ValidationError(
        Reason.CORRUPT, "The file is damaged or incomplete; upload the original again."
    )
