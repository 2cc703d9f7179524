"""From a file to the one image that it shows: decoded once, and no larger than needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from image_pipeline.colour import eight_bit
from image_pipeline.pixels import decode, frame_count, reading

if TYPE_CHECKING:
    from PIL import Image
    from PIL.ImageFile import ImageFile
    from PIL.JpegImagePlugin import JpegImageFile

# A JPEG can be decoded at 1/2, 1/4 or 1/8. While that leaves 1.5 times the pixels of the largest
# output it is as good as a full decode; at 1.0 times it is soft (44 dB, −6.5 % gradient energy).
_RESERVE = 1.5
_SCALES = (8, 4, 2)
_ANIMATED = frozenset({"GIF", "PNG", "WEBP", "AVIF"})  # of the others, the frames are pages
_FRAMES_LOOKED_AT = 10


def decode_still(picture: ImageFile, shrink: float) -> tuple[Image.Image, int]:
    """Decode an opened picture whose pixels will be brought down by `shrink` at least.

    Returns:
        The image and how many times smaller it is than the picture as stored: 1, 2, 4 or 8. Its
        layout is one of `eight_bit`, or YCbCr for a full-size JPEG with halved chroma: those are
        resampled plane by plane.

    Raises:
        ValidationError: the file is damaged (`corrupt`).
    """
    scale = _draft(picture, shrink) if picture.format == "JPEG" else 1
    decode(picture)
    if picture.format in _ANIMATED and frame_count(picture) > 1:
        _show_first_meaningful_frame(picture)
    if picture.mode == "YCbCr" and picture.format == "JPEG":
        return picture, scale
    return _without_needless_alpha(eight_bit(picture)), scale


def _draft(picture: ImageFile, shrink: float) -> int:
    """Tell the JPEG decoder how small, and in which layout, to decode; returns the scale."""
    width, height = picture.size
    scale = next((scale for scale in _SCALES if shrink / scale >= _RESERVE), 1)
    halved = scale == 1 and has_halved_chroma(cast("JpegImageFile", picture))
    size = (max(width // scale, 1), max(height // scale, 1))
    drafted = picture.draft("YCbCr" if halved else None, size)
    return round(width / drafted[1][2]) if drafted else 1


def has_halved_chroma(picture: JpegImageFile) -> bool:
    """Whether a JPEG holds less chroma than luma, as nearly all photos do (4:2:0, 4:2:2)."""
    if len(picture.layer) != 3 or picture.info.get("adobe_transform") == 0:
        return False
    (first, *luma), (_, *blue), (_, *red) = (component[:3] for component in picture.layer)
    return first != ord("R") and 2 in luma and blue == red == [1, 1]


def _show_first_meaningful_frame(picture: ImageFile) -> None:
    """Animations often fade in: seek the first frame that is not of one colour, or stay at 0."""
    with reading():
        for frame in range(min(frame_count(picture), _FRAMES_LOOKED_AT)):
            picture.seek(frame)
            picture.load()
            if not _is_blank(picture):
                return
        picture.seek(0)
        picture.load()


def _is_blank(picture: Image.Image) -> bool:
    image = eight_bit(picture)
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema()[1] == 0:
        return True
    extrema = [band.getextrema() for band in image.split()]
    return all(low == high for low, high in extrema)


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    """An opaque image without its alpha: a quarter less to resample and to encode."""
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        return image.convert(image.mode[:-1])
    return image
