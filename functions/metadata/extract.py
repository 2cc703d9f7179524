"""Extracts the metadata of a picture from its headers, without decoding pixels."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from image_pipeline.models import Conversion
from metadata.camera_facts import camera, exposure
from metadata.capture_time import captured_at
from metadata.fields import number
from metadata.image_metadata import Camera, ImageMetadata
from metadata.iptc import read_iptc
from metadata.position import position
from pictures import exif as exif_fields
from pictures.colorimetry.stated import hdr_of
from pictures.decode import frame_count, open_picture, reading
from pictures.formats import FORMATS
from pictures.icc_name import profile_name
from pictures.limits import DPI, TEXT_CHARACTERS
from pictures.orientation import display_size
from pictures.readable_text import is_shortened
from pictures.xmp import completed, read_xmp

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

    from pictures.exif import Exif

_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_CENTIMETER = 3


def extract(data: bytes, *, store_gps: bool, conversion: Conversion | None = None) -> ImageMetadata:
    """Return the metadata of a picture.

    Args:
        data: the whole file in a format that Pillow reads; for HEIF and RAW, the file made of it.
        store_gps: whether the GPS position may be kept.
        conversion: the facts about the source that this file lacks.

    Returns:
        Every fact that could be read; `warnings` lists what could not, once each.

    Raises:
        ValidationError: the header of the picture itself cannot be read.
    """
    picture = open_picture(data)
    known = FORMATS[str(picture.format)]
    exif = exif_fields.read(known.exif_block(data, picture))
    with reading():
        source = conversion or _source_facts(data, picture, exif)
    place, place_warning = position(exif.gps) if store_gps else (None, None)
    xmp = read_xmp(known.xmp_packet(data, picture))
    moment, date_warnings = captured_at(exif, xmp, read_iptc(known.iptc_block(data, picture)))
    exif = completed(exif, xmp)
    beside_exif = known.file_facts(data)
    moment = moment or beside_exif.changed_at
    taken_with = _made_with(beside_exif.software, camera(exif))
    is_converted = conversion is not None
    conversion_warnings = conversion.warnings if conversion else ()
    warnings = (
        *conversion_warnings,
        _damage(exif),
        *date_warnings,
        _shortening(taken_with),
        place_warning,
    )
    return ImageMetadata(
        width=source.width,
        height=source.height,
        mode=source.mode,
        frames=source.frames,
        animated=source.frames > 1 and (is_converted or known.is_animated),
        has_alpha=source.has_alpha,
        dpi=_dpi(picture, exif, is_converted=is_converted),
        icc_profile=source.icc_profile,
        color_space=source.color_space,
        hdr=source.hdr,
        captured_at=moment,
        camera=taken_with,
        exposure=exposure(exif),
        orientation=source.orientation,
        gps=place,
        warnings=tuple(warning for warning in warnings if warning),
    )


def _damage(exif: Exif) -> str | None:
    return "The EXIF data is damaged; what could be read was kept." if exif.damaged else None


def _shortening(camera: Camera | None) -> str | None:
    texts = (camera.make, camera.model, camera.lens, camera.software) if camera else ()
    if any(text and is_shortened(text) for text in texts):
        return f"A text in the EXIF data is longer than {TEXT_CHARACTERS} characters; it was cut."
    return None


def _made_with(software: str | None, camera: Camera | None) -> Camera | None:
    """Return the camera, completed by the name of the software where it has none."""
    if software is None or (camera and camera.software):
        return camera
    return dataclasses.replace(camera or Camera(), software=software)


def _source_facts(data: bytes, picture: ImageFile, exif: Exif) -> Conversion:
    """Return the same facts about a picture that needed no conversion."""
    width, height = display_size(picture)
    known = FORMATS[str(picture.format)]
    color = known.stated_color(data, picture)
    return Conversion(
        width=width,
        height=height,
        mode=picture.mode,
        frames=frame_count(picture),
        has_alpha=picture.has_transparency_data,
        orientation=exif.orientation,
        icc_profile=profile_name(color.icc) if color.icc else None,
        color_space=color.color_space,
        hdr=hdr_of(color, known.gain_map_kind(data)),
    )


def _dpi(picture: ImageFile, exif: Exif, *, is_converted: bool) -> tuple[float, float] | None:
    """Return horizontal and vertical dots per inch; a converted picture has those of its source."""
    is_silent = picture.format == "JPEG" and picture.info.get("jfif_unit") not in {1, 2}
    if is_silent or is_converted:
        # Pillow falls back to EXIF too, but reports 72 if it finds nothing.
        resolutions = _exif_resolutions(exif)
    else:
        resolutions = picture.info.get("dpi", ())
    values = tuple(round(float(value), 3) for value in resolutions)
    if len(values) != 2 or not all(0 < value <= DPI for value in values):
        return None
    return values


def _exif_resolutions(exif: Exif) -> tuple[float, ...]:
    horizontal, vertical = (
        number(exif.image.get(tag)) or math.nan for tag in (_X_RESOLUTION, _Y_RESOLUTION)
    )
    inches = 2.54 if number(exif.image.get(_RESOLUTION_UNIT)) == _CENTIMETER else 1.0
    return (horizontal * inches, vertical * inches)
