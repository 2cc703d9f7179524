"""Extracts the capture time, by the camera's clock."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from metadata.fields import find, text
from pictures.limits import YEARS

if TYPE_CHECKING:
    from pictures.exif import Exif

# Tags of time, fraction of a second and UTC offset; exposure first (EXIF 2.32, 4.6.5-6).
_CLOCKS = ((0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012), (0x0132, 0x9290, 0x9010))

_TIME = re.compile(
    r"(\d{4})[:/.-]? ?(\d{1,2})[:/.-]? ?(\d{1,2})[ T:](\d{1,2}): ?(\d{1,2})"
    r"(?:: ?(\d{1,2}))?(?:\.(\d+))? ?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_OFFSET = re.compile(r"Z|[+-](?:0\d|1[0-4]):?[0-5]\d", re.ASCII)
_UNSET = re.compile(r"[0 :/.TZ+-]*")  # written by a camera whose clock was never set
_FRACTION_DIGITS = 6  # the precision of Python's datetime


def captured_at(exif: Exif) -> tuple[str | None, str | None]:
    """Return the time of exposure in ISO 8601, otherwise of digitization or of the last change.

    It has a fraction of a second and a UTC offset if the camera wrote them.

    Returns:
        The time, or None if there is none; and a warning if one could not be read.
    """
    warning = None
    for clock in _CLOCKS:
        time, fraction, offset = (text(find(exif, tag)) or "" for tag in clock)
        if _UNSET.fullmatch(time):
            continue
        if moment := _iso_8601(time, fraction, offset):
            return moment, warning
        warning = "A date in the EXIF data could not be read."
    return None, warning


def _iso_8601(time: str, fraction: str, offset: str) -> str | None:
    match = _TIME.match(time)
    if not match:
        return None
    try:
        moment = datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:  # such as February 30
        return None
    if not YEARS[0] <= moment.year <= YEARS[1]:
        return None
    own_fraction, own_offset = match.groups()[6:]
    digits = own_fraction or fraction
    point = f".{digits[:_FRACTION_DIGITS]}" if re.fullmatch(r"[0-9]+", digits) else ""
    return moment.isoformat() + point + _offset(offset or own_offset or "")


def _offset(written: str) -> str:
    """Return a UTC offset as ±HH:MM; empty if no place on Earth has it."""
    if not _OFFSET.fullmatch(written):
        return ""
    return written if written == "Z" else f"{written[:3]}:{written[-2:]}"
