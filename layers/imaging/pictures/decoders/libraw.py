"""Decodes camera RAW with rawpy (LibRaw)."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

import rawpy
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.models import Conversion
from image_pipeline.refusals import corrupt, too_many_pixels_inside, unsupported_format
from pictures.colorimetry.by_profile import by_profile
from pictures.decode import decode as decode_pixels
from pictures.decode import open_picture
from pictures.decoders.decoded import Decoded, check_size
from pictures.decoders.dng_extent import is_cut_short
from pictures.decoders.raw_exif import preview_exif, raw_exif
from pictures.decoders.raw_preview import decode_preview
from pictures.decoders.zeroed_memory import zeroed_memory
from pictures.icc_name import profile_name
from pictures.limits import RAW_BYTES_PER_PIXEL, RAW_SENSOR_SURPLUS
from pictures.orientation import upright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pictures.exif import Exif

# EXIF orientation by LibRaw's `flip` (LibRaw's own table, in `tiff_head`).
_EXIF_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
_SIZE_TOLERANCE = 0.02
_PERHAPS_WITH_PREVIEW = {Reason.UNSUPPORTED_FORMAT, Reason.CORRUPT}
_COLOR_SPACE, _SRGB = 0xA001, 1
_SRGB_GAMMA = (2.4, 12.92)  # IEC 61966-2-1; LibRaw's default is the curve of BT.709


def decode(data: bytes, max_pixels: int) -> Decoded:
    """Decode a camera RAW: its full-size preview if it has one, otherwise the sensor data.

    The preview is the picture that the camera showed to the photographer, and takes a tenth of the
    time of developing the sensor data. Where LibRaw cannot read the sensor data, because it does
    not know the camera or the coding, or because it is damaged, a smaller preview is shown too.

    Raises:
        ValidationError: `too_many_pixels`, before anything is decoded; `unsupported_format` or
            `corrupt` without such a preview.
    """
    try:
        return _by_libraw(data, max_pixels)
    except ValidationError as error:
        if error.reason not in _PERHAPS_WITH_PREVIEW:
            raise
        if decoded := decode_preview(data, max_pixels):
            return decoded
        raise


def _by_libraw(data: bytes, max_pixels: int) -> Decoded:
    with _reading(), zeroed_memory(), rawpy.imread(io.BytesIO(data)) as raw:
        sizes = raw.sizes
        check_size(sizes.width, sizes.height, max_pixels)
        check_size(sizes.raw_width, sizes.raw_height, int(max_pixels * RAW_SENSOR_SURPLUS))
        preview = _preview(raw)
        exif = raw_exif(data)
        if not exif.image and preview:
            exif = preview_exif(preview)
        picture = _faithful(preview, exif, sizes) if preview else None
        if picture is None:
            if is_cut_short(data) or len(data) < sizes.width * sizes.height * RAW_BYTES_PER_PIXEL:
                raise corrupt()
            picture = _developed(raw)
    profile = picture.info.get("icc_profile")
    return Decoded(
        image=picture,
        profile=by_profile(profile),
        exif=exif,
        conversion=Conversion(
            width=picture.width,
            height=picture.height,
            mode=picture.mode,
            orientation=exif.orientation or _EXIF_ORIENTATIONS[sizes.flip & 7],
            icc_profile=profile_name(profile) if profile else None,
        ),
    )


def _preview(raw: rawpy.RawPy) -> bytes | None:
    """Return the largest preview in the file if it is a JPEG."""
    try:
        preview = raw.extract_thumb()
    except (rawpy.LibRawError, NotImplementedError):  # no preview that LibRaw can read
        return None
    return preview.data if isinstance(preview.data, bytes) else None


def _faithful(preview: bytes, exif: Exif, sizes: rawpy.ImageSizes) -> Image.Image | None:
    """Return the preview, upright, if it shows the whole picture in a known color space."""
    try:
        picture = open_picture(preview, "JPEG")
        turn = _turn_of_preview(picture.size, sizes)
        if turn is None or _is_of_unknown_colors(picture, exif):
            return None
        decode_pixels(picture)
    except ValidationError:  # the preview is damaged, but the sensor data may be complete
        return None
    return upright(picture, turn)


def _turn_of_preview(size: tuple[int, int], sizes: rawpy.ImageSizes) -> int | None:
    """Return the EXIF orientation still to be applied to a preview; None if it is not full-size.

    Cameras store previews as the sensor sees them, some raw converters upright, and only the shape
    tells which. LibRaw's sizes are those before the rotation.
    """
    orientation = _EXIF_ORIENTATIONS[sizes.flip & 7]
    if _are_close(size, (sizes.width, sizes.height)):
        return orientation
    if orientation >= 5 and _are_close(size, (sizes.height, sizes.width)):
        return 1
    return None


def _are_close(size: tuple[int, int], other: tuple[int, int]) -> bool:
    return all(
        abs(one - two) <= _SIZE_TOLERANCE * two for one, two in zip(size, other, strict=True)
    )


def _is_of_unknown_colors(picture: Image.Image, exif: Exif) -> bool:
    """Return whether the color space is not sRGB and the preview does not say so."""
    space = exif.photo.get(_COLOR_SPACE)
    return (
        "icc_profile" not in picture.info and space is not None and space.numbers()[:1] != (_SRGB,)
    )


def _developed(raw: rawpy.RawPy) -> Image.Image:
    """Return the developed sensor data in full size, upright, in sRGB.

    The white balance is the camera's. LibRaw's automatic brightness is off: it would blow out one
    pixel in a hundred of any picture, and turn night into day. Its highlight adjustment stays on:
    the brightest pixel becomes white if it is within a quarter of the sensor's limit, because that
    limit is not known exactly for every camera, and blown highlights would turn pink.
    """
    levels = raw.postprocess(
        use_camera_wb=True, no_auto_bright=True, gamma=_SRGB_GAMMA, output_bps=8
    )
    raw.close()  # frees 10 bytes per pixel before the next 4 are allocated
    return Image.fromarray(levels.squeeze(axis=2) if levels.shape[2] == 1 else levels)


@contextmanager
def _reading() -> Iterator[None]:
    """Translate what rawpy raises about a file into refusals."""
    try:
        yield
    except (
        rawpy.LibRawFileUnsupportedError,
        rawpy.LibRawNotImplementedError,
        rawpy.NotSupportedError,
    ) as error:
        raise unsupported_format(
            "The sensor data of this camera RAW cannot be read", "save it as a JPEG"
        ) from error
    except (rawpy.LibRawTooBigError, rawpy.LibRawUnsufficientMemoryError) as error:
        raise too_many_pixels_inside() from error
    except (rawpy.LibRawError, OSError, ValueError) as error:
        raise corrupt() from error
