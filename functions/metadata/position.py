"""Extracts the GPS position in decimal degrees."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metadata.fields import number, numbers, text
from metadata.image_metadata import Gps
from pictures.limits import ALTITUDES

if TYPE_CHECKING:
    from pictures.exif import Directory

# EXIF 2.32, 4.6.6: the GPS directory.
_LATITUDE, _LATITUDE_REF = 0x0002, 0x0001
_LONGITUDE, _LONGITUDE_REF = 0x0004, 0x0003
_ALTITUDE, _ALTITUDE_REF = 0x0006, 0x0005
_BELOW_SEA_LEVEL = {1, 3}  # EXIF 3.0 adds 2 and 3: above and below the ellipsoid

_DECIMALS = 7  # of a degree: a centimetre


def position(gps: Directory) -> tuple[Gps | None, str | None]:
    """Return the position in a GPS directory.

    Returns:
        The position, or None if there is none or it is not on Earth; and a warning in the latter
        case. A missing hemisphere is not guessed.
    """
    if not _parts(gps, _LATITUDE) and not _parts(gps, _LONGITUDE):
        return None, None  # no receiver, or a receiver without a fix, which writes 0/0
    latitude = _degrees(gps, _LATITUDE, _LATITUDE_REF, "NS")
    longitude = _degrees(gps, _LONGITUDE, _LONGITUDE_REF, "EW")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, "The GPS position could not be read."
    return Gps(latitude, longitude, _altitude(gps)), None


def _degrees(gps: Directory, tag: int, hemisphere_tag: int, hemispheres: str) -> float | None:
    """Return degrees, minutes and seconds with a hemisphere as one signed number."""
    parts = _parts(gps, tag)
    hemisphere = (text(gps.get(hemisphere_tag)) or "")[:1].upper()
    if not parts or not hemisphere or hemisphere not in hemispheres:
        return None
    degrees = sum(part / 60.0**place for place, part in enumerate(parts))
    if not math.isfinite(degrees) or min(parts) < 0:
        return None
    signed = -degrees if hemisphere == hemispheres[1] else degrees
    return round(signed, _DECIMALS) + 0.0  # no minus zero


def _parts(gps: Directory, tag: int) -> list[float]:
    """Return those of degrees, minutes and seconds that were written."""
    parts = list(numbers(gps.get(tag))[:3])
    while parts and math.isnan(parts[-1]):
        parts.pop()
    return parts


def _altitude(gps: Directory) -> float | None:
    meters = number(gps.get(_ALTITUDE))
    if meters is None:
        return None
    if number(gps.get(_ALTITUDE_REF)) in _BELOW_SEA_LEVEL:
        meters = -meters
    return round(meters, 3) if ALTITUDES[0] <= meters <= ALTITUDES[1] else None
