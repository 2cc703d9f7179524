"""Extracts camera and exposure from EXIF."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metadata.fields import find, number, numbers, text
from metadata.image_metadata import Camera, Exposure
from pictures import maker_note
from pictures.limits import APEX, MEASURE

if TYPE_CHECKING:
    from pictures.exif import Exif

# EXIF 2.32, 4.6.4-5.
_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131
_EXPOSURE_TIME, _SHUTTER_SPEED_VALUE = 0x829A, 0x9201
_F_NUMBER, _APERTURE_VALUE = 0x829D, 0x9202
_FOCAL_LENGTH = 0x920A
# A SHORT holds at most 65535, which means that one of these has the value: ISOSpeed, recommended
# exposure index, standard output sensitivity.
_SENSITIVITY, _SENSITIVITIES_BEYOND = 0x8827, (0x8833, 0x8832, 0x8831)
_BEYOND_SHORT = 65535

_SIGNIFICANT_DIGITS = 9


def camera(exif: Exif) -> Camera | None:
    """Return the camera, or None if nothing is known about it."""
    facts = Camera(
        make=text(find(exif, _MAKE)),
        model=text(find(exif, _MODEL)),
        lens=text(find(exif, maker_note.LENS_MODEL)) or text(maker_note.lens(exif)),
        software=text(find(exif, _SOFTWARE)),
    )
    return facts if facts != Camera() else None


def exposure(exif: Exif) -> Exposure | None:
    """Return the exposure, or None if nothing is known about it. Zero means unknown."""
    facts = Exposure(
        iso=_iso(exif),
        f_number=_positive(exif, _F_NUMBER) or _from_apex(exif, _APERTURE_VALUE, 0.5),
        exposure_time=_positive(exif, _EXPOSURE_TIME)
        or _from_apex(exif, _SHUTTER_SPEED_VALUE, -1.0),
        focal_length=_positive(exif, _FOCAL_LENGTH),
    )
    return facts if facts != Exposure() else None


def _iso(exif: Exif) -> int | None:
    rating = _first_positive(numbers(find(exif, _SENSITIVITY)))
    if rating is not None and rating < _BEYOND_SHORT:
        return int(rating)
    for tag in _SENSITIVITIES_BEYOND:
        if beyond := _first_positive(numbers(find(exif, tag))):
            return int(beyond)
    return int(rating) if rating is not None else maker_note.iso(exif)


def _first_positive(values: tuple[float, ...]) -> float | None:
    return next((value for value in values if 1 <= value <= MEASURE), None)


def _positive(exif: Exif, tag: int) -> float | None:
    value = number(find(exif, tag))
    if value is None or not 0 < value <= MEASURE:
        return None
    return _rounded(value)


def _from_apex(exif: Exif, tag: int, factor: float) -> float | None:
    """Return 2 to the power of factor × value, for a value in APEX units (EXIF 2.32, annex C)."""
    value = number(find(exif, tag))
    if value is None or abs(value) > APEX:
        return None
    return _rounded(math.pow(2, factor * value))


def _rounded(value: float) -> float:
    """Return the value without the noise of binary fractions: 0.008333333 for 1/120."""
    return float(f"{value:.{_SIGNIFICANT_DIGITS}g}")
