"""JPEGs within Rekognition's limits, made of pictures that it does not take as they are."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import TYPE_CHECKING

from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from pictures import limits, pixels
from pictures.color import WHITE, eight_bit, flatten, to_srgb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from PIL.ImageFile import ImageFile

_MIN_SIDE, _MAX_SIDE = limits.REKOGNITION_SIDES
_FORMATS_IN_PLACE = frozenset({"JPEG", "PNG"})

# Detection works at about a megapixel; more makes the call slower and finds nothing else.
_LONG_SIDE = 1920
_QUALITIES = (85, 60, 30)  # the second and third only for what exceeds the limit: pure noise
# Later pages of a TIFF and later pictures of an MPO are in no rendition: nobody sees them.
_ANIMATED_FORMATS = frozenset({"GIF", "PNG", "WEBP", "AVIF"})


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
    picture = pixels.open_picture(data, format_name, max_pixels=max_pixels)
    made = []
    for frame in _frames(picture):
        with stage("Sample"):
            try:
                _show(picture, frame)
            except ValidationError as error:
                # An animation that is damaged further on is shown by what comes before.
                if frame == 0 or error.reason is not Reason.CORRUPT:
                    raise
                break
            made.append(_jpeg(_presentable(picture)))
    return made


def _frames(picture: ImageFile) -> Iterator[int]:
    """The frames to look at, spread evenly from the first to the last."""
    count = pixels.frame_count(picture) if picture.format in _ANIMATED_FORMATS else 1
    shown = min(count, limits.MODERATED_FRAMES)
    return (index * (count - 1) // max(shown - 1, 1) for index in range(shown))


def _show(picture: ImageFile, frame: int) -> None:
    """Decode a frame."""
    with pixels.reading():
        if frame:
            picture.seek(frame)
        else:
            # A JPEG is decoded at a half, a quarter or an eighth if that is enough.
            picture.draft(None, (_LONG_SIDE, _LONG_SIDE))
    pixels.decode(picture)


def _presentable(picture: ImageFile) -> Image.Image:
    """The current frame as Rekognition shall see it."""
    image = eight_bit(picture)
    image = image.resize(_size_to_show(*image.size), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image = flatten(to_srgb(image, picture.info.get("icc_profile")))
    return _padded(pixels.upright(image, pixels.orientation(picture)))


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
