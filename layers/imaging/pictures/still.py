"""From a file to the still that renditions and moderation are both made of.

Which frame is shown, which orientation, colors and transparency it has is decided here alone, so
that what is judged is what is shown. A still is decoded no larger than needed. It is as stored: not
upright and not in sRGB yet, because turning it and converting its colors cost less on the small
outputs.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from image_pipeline.errors import Reason, ValidationError
from pictures.color import DEEP_GRAY, with_shown_levels
from pictures.decode import decode, frame_count, is_animation, open_picture, reading, seek
from pictures.detail import smoothness
from pictures.formats import FORMATS
from pictures.layouts import eight_bit, without_needless_alpha
from pictures.orientation import orientation

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile

    from pictures.colorimetry.stated import StatedColor
    from pictures.cut import Cut

# A JPEG can be decoded at 1/2, 1/4 or 1/8. With 1.5 times the pixels of the largest output that is
# mostly as good as a full decode, with twice the pixels always.
_RESERVE = 1.5
# In between and below, it depends on the photo. For a PSNR of slightly over 46 dB the smoothness
# of the half-size picture has to be this many dB at 1.0 times, and 1.7 dB less for each 0.1 more.
_SMOOTH_ENOUGH, _NEARER = 39.0, 17.0
_SCALES = (8, 4, 2)
_TINY = 64  # pixels of the longer side of an output that keeps full chroma
_FRAMES_LOOKED_AT = 10
# A frame is blank if at most one pixel in a thousand differs visibly from most: fades from black
# begin with frames of almost one color, and lossy encoders add noise to them.
_BLANK_SPREAD, _BLANK_PIXELS = 16, 0.001


@dataclass(frozen=True)
class Still:
    """A decoded picture as stored.

    Args:
        image: in a layout of `eight_bit`, or YCbCr with a full-size `luma` where that is needed.
        orientation: the EXIF orientation, 1 to 8, that is still to be applied.
        profile: what the file states about its colors.
        scale: how many times smaller than stored it is: 1, 2, 4 or 8.
        luma: in full size, for an image in YCbCr.
        frame: the number of the frame of an animation that it is, counted from 0.
    """

    image: Image.Image
    orientation: int
    profile: StatedColor
    scale: int = 1
    luma: Image.Image | None = None
    frame: int = 0


def decode_still(picture: ImageFile, data: bytes, cut: Cut) -> Still:
    """Decode an opened picture for a cut and any that shrink it more.

    Args:
        picture: just opened.
        data: the file that it was opened from.
        cut: the one that leaves most pixels.

    Raises:
        ValidationError: the file is damaged (`corrupt`).
    """
    if picture.format == "JPEG":
        layers = _decode_jpeg(cast("JpegImageFile", picture), data, cut)
    else:
        layers = _decode_one(picture, data)
    return _still(picture, data, layers)


def decode_overview(picture: ImageFile, data: bytes, shrink: float) -> Still:
    """Decode the still of `decode_still`, to be looked at as a whole and at least `shrink` smaller.

    Args:
        picture: just opened.
        data: the file that it was opened from.
        shrink: pixels as stored per pixel needed; a JPEG is decoded at a half, a quarter or an
            eighth if that leaves as many.

    Raises:
        ValidationError: the file is damaged (`corrupt`).
    """
    if picture.format == "JPEG":
        scale = _draft(picture, None, next((each for each in _SCALES if each <= shrink), 1))
        decode(picture)
        layers = _Layers(eight_bit(picture), scale)
    else:
        layers = _decode_one(picture, data)
    return _still(picture, data, layers)


def decode_frame(picture: ImageFile, data: bytes, number: int) -> Still:
    """Decode one frame of an opened animation, counted from 0.

    Args:
        picture: opened, at this frame or an earlier one.
        data: the file that it was opened from.
        number: of the frame.

    Raises:
        ValidationError: the file is damaged up to this frame (`corrupt`).
    """
    with reading():
        seek(picture, number)
    decode(picture)
    return _still(picture, data, _Layers(_pixels(picture), frame=number))


def spread_frames(picture: ImageFile, most: int) -> list[int]:
    """Return the numbers of up to `most` frames, spread evenly from the first to the last.

    Later pages of a TIFF and later pictures of an MPO are not frames: no rendition shows them.
    """
    count = frame_count(picture) if FORMATS[str(picture.format)].is_animated else 1
    taken = min(count, most)
    return [index * (count - 1) // max(taken - 1, 1) for index in range(taken)]


@dataclass(frozen=True)
class _Layers:
    """The pixels of a still, with the meaning that they have there."""

    image: Image.Image
    scale: int = 1
    luma: Image.Image | None = None
    frame: int = 0


def _still(picture: ImageFile, data: bytes, layers: _Layers) -> Still:
    # After the decode, because a PNG may keep its EXIF after its pixels, and because a decoder that
    # converts colors drops the profile.
    profile = FORMATS[str(picture.format)].stated_color(data, picture)
    image = layers.image
    if picture.format != "JPEG":
        # A JPEG has the layout that it states: at which size it is decoded, so that colors average
        # out or not, must not decide whether its pixels are gray.
        image, profile = with_shown_levels(image, profile)
    return Still(image, orientation(picture), profile, layers.scale, layers.luma, layers.frame)


def _decode_one(picture: ImageFile, data: bytes) -> _Layers:
    """Decode a picture; of an animation, the first frame that shows something."""
    frame = 0
    if FORMATS[str(picture.format)].is_animated and is_animation(picture):
        picture, frame = _at_first_meaningful_frame(picture, data)
    else:
        decode(picture)
    return _Layers(_pixels(picture), frame=frame)


def _pixels(picture: Image.Image) -> Image.Image:
    """Return decoded pixels in a layout of `eight_bit`, or gray of 16 bits."""
    return picture if picture.mode == DEEP_GRAY else without_needless_alpha(eight_bit(picture))


def _decode_jpeg(picture: JpegImageFile, data: bytes, cut: Cut) -> _Layers:
    scale = next((scale for scale in _SCALES if cut.shrink / scale >= _RESERVE), 1)
    if scale <= 2 and max(cut.size) > _TINY and _pays_by_planes(picture, cut.shrink):
        return _decode_by_planes(picture, data, cut)
    return _decode_smaller(picture, data, scale, cut)


def _decode_smaller(picture: ImageFile, data: bytes, scale: int, cut: Cut) -> _Layers:
    """Decode at 1/`scale`, or twice as large if that turns out to lose detail."""
    scale = _draft(picture, None, scale)
    decode(picture)
    if scale > 1 and not _shows_enough(picture, scale, cut):
        with reading():
            picture = type(picture)(io.BytesIO(data))
        scale = _draft(picture, None, scale // 2)
        decode(picture)
    return _Layers(eight_bit(picture), scale)


def _draft(picture: ImageFile, mode: str | None, scale: int) -> int:
    """Set the layout and scale that the JPEG decoder uses; return the scale that it chose."""
    width, height = picture.size
    drafted = picture.draft(mode, (max(width // scale, 1), max(height // scale, 1)))
    return round(width / drafted[1][2]) if drafted else 1


def _pays_by_planes(picture: JpegImageFile, shrink: float) -> bool:
    """Return whether chroma at half size is all that a JPEG has, or all that is needed.

    Decoding a progressive JPEG twice would take longer than it saves.
    """
    if len(picture.layer) != 3 or "progressive" in picture.info or min(picture.size) < 2:
        return False
    (first, *luma), (_, *blue), (_, *red) = (component[:3] for component in picture.layer)
    is_rgb = first == ord("R") or picture.info.get("adobe_transform") == 0
    subsamplings = [[2, 2], [1, 2], [2, 1]] + [[1, 1]] * (shrink >= 2)
    return not is_rgb and luma in subsamplings and blue == red == [1, 1]


def _decode_by_planes(picture: ImageFile, data: bytes, cut: Cut) -> _Layers:
    """Decode all planes at half size, which keeps all chroma, and luma at full size if needed.

    For 12 MP both decodes take as long as one full decode to RGB, for 24 MP 0.8 times as long, with
    half the memory, and luma alone is resampled in 0.45 times the time of RGB. Where half size is
    enough, it saves a fifth of the total CPU.
    """
    scale = _draft(picture, "YCbCr", 2)
    decode(picture)
    if _shows_enough(picture, scale, cut):
        return _Layers(picture, scale)
    with reading():
        luma = type(picture)(io.BytesIO(data))
    _draft(luma, "L", 1)
    decode(luma)
    return _Layers(picture, scale, luma)


def _shows_enough(picture: Image.Image, scale: int, cut: Cut) -> bool:
    """Return whether a cut from a smaller decode looks like one from a full decode.

    The detail that a smaller decode loses is about as strong as the finest detail that it keeps.
    """
    pixels = cut.shrink / scale
    if not 1 <= pixels < 2:
        return pixels >= 2
    left, top, right, bottom = (edge / scale for edge in cut.box)
    needed = _SMOOTH_ENOUGH - _NEARER * (pixels - 1)
    return smoothness(picture, (left, top, right, bottom)) >= needed


def _at_first_meaningful_frame(picture: ImageFile, data: bytes) -> tuple[ImageFile, int]:
    """Return the first frame that shows something, otherwise the first: many fade in.

    An animation that is damaged in a later frame is shown by its first.
    """
    try:
        with reading():
            for frame in range(min(frame_count(picture), _FRAMES_LOOKED_AT)):
                seek(picture, frame)
                decode(picture)
                if not _is_blank(eight_bit(picture)):
                    return picture, frame
    except ValidationError as error:
        if error.reason is not Reason.CORRUPT:
            raise
    picture = open_picture(data, picture.format)
    with reading():
        seek(picture, 0)
    decode(picture)
    return picture, 0


def _is_blank(image: Image.Image) -> bool:
    """Return whether a frame has almost one color, or is almost transparent."""
    # Premultiplied: the colors of transparent pixels do not show.
    premultiplied = {"LA": "La", "RGBA": "RGBa"}.get(image.mode, image.mode)
    shown = image if premultiplied == image.mode else image.convert(premultiplied)
    return all(_has_one_level(band.histogram()) for band in shown.split())


def _has_one_level(histogram: list[int]) -> bool:
    pixels = sum(histogram)
    common = max(range(256), key=histogram.__getitem__)
    near = histogram[max(common - _BLANK_SPREAD, 0) : common + _BLANK_SPREAD + 1]
    return pixels - sum(near) <= pixels * _BLANK_PIXELS
