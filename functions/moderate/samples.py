"""JPEGs within Rekognition's limits, made of pictures that it does not take as they are."""

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

# Detection works at about a megapixel; more makes the call slower and finds nothing else.
_LONG_SIDE = 1920
_QUALITIES = (85, 60, 30)  # the second and third only for what exceeds the limit: pure noise


def fits_in_place(
    format_name: str, size_in_bytes: int, width: int, height: int, frames: int
) -> bool:
    """Whether Rekognition may be shown an S3 object itself.

    Args:
        format_name: as in `pictures.formats`.
        size_in_bytes: of the object.
        width: in pixels.
        height: in pixels.
        frames: of an animation only the first would be looked at.
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
    """What to show Rekognition of a picture: one JPEG, of an animation up to five.

    Each is upright, in sRGB, at most 1920 pixels long where its shape allows, and padded with
    white to 80 pixels where it is narrower. Transparent parts are white, as in the JPEG
    renditions: what is judged is what people see there. White on transparent is not seen by
    either; the colour below fully transparent pixels is seen by nobody.

    Args:
        data: the whole file.
        format_name: as in `pictures.formats`; not HEIF or RAW, which are converted first.
        max_pixels: the largest width × height × frames to decode.
        stage: surrounds the step Sample, once for each, to time it.

    Raises:
        ValidationError: `unsupported_format`, `too_many_pixels`, `too_complex` or `corrupt`.
    """
    picture = open_picture(data, format_name, max_pixels=max_pixels)
    made = []
    for frame in spread_frames(picture, limits.MODERATED_FRAMES):
        with stage("Sample"):
            try:
                still = decode_frame(picture, frame, _LONG_SIDE)
            except ValidationError as error:
                # An animation that is damaged further on is shown by what comes before.
                if frame == 0 or error.reason is not Reason.CORRUPT:
                    raise
                break
            made.append(_jpeg(_presentable(still)))
    return made


def _presentable(still: Still) -> Image.Image:
    """Return the picture as Rekognition shall see it."""
    image = still.image
    image = image.resize(_size_to_show(*image.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _padded(upright(flatten(to_srgb(image, still.profile)), still.orientation))


def _size_to_show(width: int, height: int) -> tuple[int, int]:
    """The size to shrink to. A narrow strip stays longer, so that something of it is left."""
    scale = min(1.0, _LONG_SIDE / max(width, height))
    if min(width, height) * scale < _MIN_SIDE:
        scale = min(1.0, _MIN_SIDE / min(width, height), _MAX_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _padded(image: Image.Image) -> Image.Image:
    """The image in the middle of white, if a side is too short: never stretched."""
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
