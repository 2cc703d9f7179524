"""Shows a camera RAW by its largest preview, where LibRaw cannot read the sensor data.

Previews are JPEGs anywhere in the file, in maker notes too, so they are searched by their
signature. A DNG may have them in JPEG XL; those are found through its directories.
"""

from __future__ import annotations

import io
import math
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from image_pipeline.errors import ValidationError
from image_pipeline.models import Conversion
from pictures.colorimetry.by_profile import by_profile
from pictures.colorimetry.code_points import BT_709
from pictures.colorimetry.stated import ColorSpace, StatedColor
from pictures.colorimetry.transfer_functions import power
from pictures.containers.jpeg_segments import FRAMES, START_OF_SCAN, end_of_image, segments
from pictures.decode import decode, open_picture
from pictures.decoders.decoded import Decoded
from pictures.decoders.dng_extent import directories, pieces
from pictures.decoders.raw_exif import jpeg_exif, preview_exif, raw_exif
from pictures.exif import read
from pictures.formats import FORMATS
from pictures.icc_name import profile_name
from pictures.limits import RAW_PREVIEW_SIDE, RAW_PREVIEWS, RAW_PREVIEWS_DECODED
from pictures.orientation import upright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageFile import ImageFile

    from pictures.exif import Directory, Exif

_JPEG, _END = b"\xff\xd8\xff", b"\xff\xd9"
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC = 0x0100, 0x0101, 0x0103, 0x0106
_JPEG_XL = 52546
_SENSOR_DATA = frozenset({32803, 34892})
_CHANNELS = 3  # masks and depth maps have one
_COLOR_SPACE, _SRGB = 0xA001, 1
# The other color space of DCF 2.0, which cameras name only by what it is not.
_ADOBE_RGB = ColorSpace("Adobe RGB", BT_709._replace(green=(0.21, 0.71)), power(563 / 256))
_FLAT = 4, 3  # the shape of most sensors


class _Preview(NamedTuple):
    """Where a preview is, and the width and height that its header states."""

    start: int
    end: int
    size: tuple[int, int]
    format: str


def decode_preview(data: bytes, max_pixels: int) -> Decoded | None:
    """Decode the largest intact preview of a RAW; None if there is none of the least size."""
    exif = raw_exif(data)
    large = (preview for preview in _previews(data) if max(preview.size) >= RAW_PREVIEW_SIDE)
    found = sorted(large, key=lambda preview: math.prod(preview.size), reverse=True)
    for preview in found[:RAW_PREVIEWS_DECODED]:
        content = data[preview.start : preview.end]
        try:
            picture = open_picture(content, preview.format, max_pixels=max_pixels)
            decode(picture)
        except ValidationError:  # damaged: a smaller one may be intact
            continue
        return _shown(picture, content, exif, data)
    return None


def _shown(picture: ImageFile, content: bytes, exif: Exif, data: bytes) -> Decoded:
    own = jpeg_exif(content) if picture.format == "JPEG" else None
    if not exif.image and own:
        exif = preview_exif(content)
    color = _color(picture, content, exif)
    image = upright(picture, _turn(picture, own, exif, data))
    width, height = image.size
    warning = (
        "The sensor data of the camera RAW could not be read;"
        f" its preview of {width} × {height} pixels is shown."
    )
    return Decoded(
        image,
        color,
        exif,
        Conversion(
            width=width,
            height=height,
            mode=image.mode,
            orientation=exif.orientation,
            icc_profile=profile_name(color.icc) if color.icc else None,
            color_space=color.color_space,
            warnings=(warning,),
        ),
    )


def _color(picture: ImageFile, content: bytes, exif: Exif) -> StatedColor:
    """Return the colors of a preview: without a profile, Adobe RGB where EXIF says not sRGB."""
    if picture.format != "JPEG":
        return FORMATS[str(picture.format)].stated_color(content, picture)
    if profile := picture.info.get("icc_profile"):
        return by_profile(profile)
    space = exif.photo.get(_COLOR_SPACE)
    if space is not None and space.numbers()[:1] != (_SRGB,):
        return StatedColor(None, _ADOBE_RGB, "EXIF")
    return StatedColor()


def _turn(picture: ImageFile, own: Exif | None, exif: Exif, data: bytes) -> int:
    """Return the EXIF orientation that is still to be applied to a preview.

    Most are stored as the sensor sees them, and some say so in their own EXIF. Raw converters
    store them upright, and only the shape tells.
    """
    if own and own.orientation:
        return own.orientation
    orientation = exif.orientation or 1
    across, down = _sensor_size(data)
    is_turned = (picture.width > picture.height) != (across > down)
    return 1 if orientation >= 5 and is_turned else orientation


def _sensor_size(data: bytes) -> tuple[int, int]:
    """Return width and height of the largest picture that the directories state."""
    stated = (
        (_number(directory, _WIDTH), _number(directory, _HEIGHT))
        for directory in _directories(data)
    )
    return max((size for size in stated if all(size)), key=math.prod, default=_FLAT)


def _previews(data: bytes) -> Iterator[_Preview]:
    parts = set[float]()
    for directory in _directories(data):
        places = list(pieces(directory))
        if len(places) != 1 or _number(directory, _PHOTOMETRIC) in _SENSOR_DATA:
            parts |= {start for start, _ in places}
        elif _number(directory, _COMPRESSION) == _JPEG_XL and all(map(math.isfinite, places[0])):
            start, length = map(int, places[0])
            size = _number(directory, _WIDTH), _number(directory, _HEIGHT)
            yield _Preview(start, start + length, size, "JXL")
    starts = (start for start in _starts(data) if start not in parts)
    for start in islice(starts, RAW_PREVIEWS):
        if preview := _jpeg(data, start):
            yield preview


def _directories(data: bytes) -> Iterator[Directory]:
    view = memoryview(data)
    if data[:2] in {b"II", b"MM"}:
        yield from directories(view, read(view).image)


def _starts(data: bytes) -> Iterator[int]:
    start = data.find(_JPEG)
    while start >= 0:
        yield start
        start = data.find(_JPEG, start + 1)


def _jpeg(data: bytes, start: int) -> _Preview | None:
    """Return the JPEG at a position, if its header is one of a color picture."""
    size = 0, 0
    try:
        for marker, position, _, content in segments(io.BytesIO(data), start):
            if marker in FRAMES and content[5:6] == bytes((_CHANNELS,)):
                height, width = content[1:3], content[3:5]
                size = int.from_bytes(width, "big"), int.from_bytes(height, "big")
            elif marker == START_OF_SCAN and (end := end_of_image(data, position)):
                return _Preview(start, end + len(_END), size, "JPEG")
    except ValidationError:  # more segments than any JPEG has
        pass
    return None


def _number(directory: Directory, tag: int) -> int:
    number = next(iter(directory[tag].numbers(1)), 0) if tag in directory else 0
    return int(number) if math.isfinite(number) else 0
