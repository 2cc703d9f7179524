"""Makes JPEGs within Rekognition's limits of pictures that it does not accept as they are."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import TYPE_CHECKING

from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures import limits
from pictures.color import WHITE, flatten, to_srgb
from pictures.decode import open_picture
from pictures.orientation import upright
from pictures.still import decode_frame, spread_frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pictures.still import Still

_MIN_SIDE, _MAX_SIDE = limits.REKOGNITION_SIDES
_FORMATS_IN_PLACE = frozenset({"JPEG", "PNG"})

# Rekognition works at about a megapixel; more only makes the call slower.
_LONG_SIDE = 1920
_QUALITIES = (85, 60, 30)  # the second and third only for pictures over the limit: noise


def fits_in_place(
    format_name: str, size_in_bytes: int, width: int, height: int, frames: int
) -> bool:
    """Return whether Rekognition accepts an S3 object itself.

    Args:
        format_name: as in `pictures.formats`.
        size_in_bytes: of the object.
        width: in pixels.
        height: in pixels.
        frames: of an animation, of which Rekognition would see only the first.
    """
    return (
        format_name in _FORMATS_IN_PLACE
        and size_in_bytes <= limits.REKOGNITION_OBJECT_BYTES
        and min(width, height) >= _MIN_SIDE
        and max(width, height) <= _MAX_SIDE
        and frames == 1
    )


def samples(
    data: bytes,
    format_name: str,
    *,
    max_pixels: int,
    stage: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> list[bytes]:
    """Return what Rekognition is shown of a picture: one JPEG, of an animation up to five.

    Each is upright, in sRGB, at most 1920 pixels long where its shape allows, and padded with
    white to 80 pixels where it is narrower. Transparent parts are white, as in JPEG renditions. So
    white on transparent is not visible to Rekognition, nor the color of fully transparent pixels.

    Args:
        data: the whole file.
        format_name: as in `pictures.formats`; not HEIF or RAW, which are converted first.
        max_pixels: the largest width × height × frames to decode.
        stage: surrounds the stage Sample, once for each JPEG, to time it.

    Raises:
        ValidationError: `unsupported_format`, `too_many_pixels`, `too_complex` or `corrupt`.
    """
    picture = open_picture(data, format_name, max_pixels=max_pixels)
    made = []
    for frame in spread_frames(picture, limits.MODERATED_FRAMES):
        with stage("Sample"):
            try:
                still = decode_frame(picture, data, frame, _LONG_SIDE)
            except ValidationError as error:
                # An animation with a damaged frame is judged by the frames before it.
                if frame == 0 or error.reason is not Reason.CORRUPT:
                    raise
                break
            made.append(_jpeg(_presentable(still)))
    return made


def _presentable(still: Still) -> Image.Image:
    """Return the picture as Rekognition is to see it."""
    image = still.image
    image = image.resize(_size_to_show(*image.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _padded(upright(flatten(to_srgb(image, still.profile)), still.orientation))


def _size_to_show(width: int, height: int) -> tuple[int, int]:
    """Return the size to shrink to. A narrow strip stays longer, to keep some of its width."""
    scale = min(1.0, _LONG_SIDE / max(width, height))
    if min(width, height) * scale < _MIN_SIDE:
        scale = min(1.0, _MIN_SIDE / min(width, height), _MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _padded(image: Image.Image) -> Image.Image:
    """Return the image, centered on white if a side is too short; it is never stretched."""
    size = (max(image.width, _MIN_SIDE), max(image.height, _MIN_SIDE))
    if size == image.size:
        return image
    paper = Image.new("RGB", size, WHITE)
    paper.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return paper


def _jpeg(image: Image.Image) -> bytes:
    for quality in _QUALITIES:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, icc_profile=None)
        if file.tell() <= limits.REKOGNITION_SAMPLE_BYTES:
            break
    return file.getvalue()
