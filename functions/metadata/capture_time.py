"""Finds out when a picture was taken, from every place where that may be written.

A time of exposure counts before one of digitizing, that before the time of a GPS position, and that
before the last change. For each, EXIF counts before XMP, and XMP before IPTC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metadata.fields import find, numbers, text
from metadata.written_time import NO_OFFSET, is_unset, offset_of, read_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from metadata.iptc import IptcDates
    from metadata.written_time import Written
    from pictures.exif import Exif

# Tags of time, fraction of a second and UTC offset (EXIF 2.32, 4.6.5-6).
_EXPOSED, _DIGITIZED = (0x9003, 0x9291, 0x9011), (0x9004, 0x9292, 0x9012)
_CHANGED = (0x0132, 0x9290, 0x9010)
_GPS_TIME, _GPS_DATE = 0x0007, 0x001D  # in UTC (EXIF 2.32, 4.6.6)

_OTHER_TIME = "The time of day of the capture is that of another date in the file."
_OTHER_OFFSET = "The UTC offset of the capture time is that of another date in the file."
_FROM_GPS = "The capture time is that of the GPS position."
_DAY = 10
_PRECISIONS = {4: "year", 7: "month", _DAY: "day"}
"""How exact a date in ISO 8601 is, by its length."""


@dataclass(frozen=True)
class _Date:
    """A date in the file: where it is, as written, with the offset that belongs to it."""

    source: str
    written: str
    fraction: str = ""
    offset: str = ""


@dataclass(frozen=True)
class _Read:
    """A date that could be read: in ISO 8601 without its offset, the offset, and warnings."""

    source: str
    text: str
    offset: str = ""
    warnings: tuple[str, ...] = ()


def captured_at(exif: Exif, xmp: Exif, iptc: IptcDates) -> tuple[str | None, tuple[str, ...]]:
    """Return the time of exposure in ISO 8601, otherwise the next best.

    It has a fraction of a second and a UTC offset if they are known, and ends with the day, the
    month or the year if no more is known.

    Args:
        exif: of the file.
        xmp: the XMP packet as EXIF fields.
        iptc: the dates in the IPTC data.

    Returns:
        The time, or None if there is none; and warnings about what could not be read or was
        assumed.
    """
    taken = [
        *_clock(_EXPOSED, exif, xmp), _Date("IPTC", iptc.created),
        *_clock(_DIGITIZED, exif, xmp), _Date("IPTC", iptc.digitized),
        _of_gps(exif), _of_gps(xmp),
    ]  # fmt: skip
    offsets = [text(find(exif, tag)) or "" for _, _, tag in (_EXPOSED, _DIGITIZED, _CHANGED)]
    warnings: list[str] = []
    for date in [*taken, *_clock(_CHANGED, exif, xmp)]:
        if is_unset(date.written):
            continue
        if found := _read(date, offsets):
            others = (other for each in taken if (other := _read(each, offsets)))
            best = _completed(found, others)
            return best.text + best.offset, tuple(dict.fromkeys([*warnings, *best.warnings]))
        warnings.append(f"A date in the {date.source} data could not be read.")
    return None, tuple(dict.fromkeys(warnings))


def _completed(found: _Read, others: Iterable[_Read]) -> _Read:
    """Return a date with the time of day or the offset of another one, if both are the same date.

    Midnight often stands for an unknown time, and software writes offsets into IPTC that no clock
    had.
    """
    if len(found.text) == _DAY:
        for other in others:
            if other.text.startswith(f"{found.text}T") and not other.text.endswith("T00:00:00"):
                return replace(other, warnings=(*other.warnings, _OTHER_TIME))
    elif len(found.text) > _DAY and not found.offset:
        for other in others:
            if other.text.startswith(found.text) and other.offset and other.source != "IPTC":
                return replace(other, warnings=(*found.warnings, _OTHER_OFFSET))
    return found


def _clock(tags: tuple[int, int, int], exif: Exif, xmp: Exif) -> Iterator[_Date]:
    yield _Date("EXIF", *(text(find(exif, tag)) or "" for tag in tags))
    yield _Date("XMP", text(find(xmp, tags[0])) or "")


def _of_gps(exif: Exif) -> _Date:
    """Return the time of the last position. XMP writes date and time together."""
    date, time = text(exif.gps.get(_GPS_DATE)), exif.gps.get(_GPS_TIME)
    if not date:
        return _Date("GPS", "")
    parts = numbers(time)[:3]
    if len(parts) == 3 and all(math.isfinite(part) and part >= 0 for part in parts):
        seconds = f"{math.floor(parts[2] * 1000) / 1000:06.3f}".rstrip("0").rstrip(".")
        return _Date("GPS", f"{date} {parts[0]:02.0f}:{parts[1]:02.0f}:{seconds}Z")
    return _Date("GPS", f"{date} {text(time) or ''}")


def _read(date: _Date, offsets: Sequence[str]) -> _Read | None:
    """Return a date with the best offset for it; None if it is unset or cannot be read."""
    found = read_time(date.written, date.fraction)
    if found is None:
        return None
    warnings = [found.warning] if found.warning else []
    if date.source == "GPS":
        warnings.append(_FROM_GPS)
    if not found.has_time:
        precision = _PRECISIONS[len(found.text)]
        warnings.append(f"The capture time is known only to the {precision}.")
        return _Read(date.source, found.text, "", tuple(warnings))
    return _with_offset(found, date, offsets, warnings)


def _with_offset(found: Written, date: _Date, offsets: Sequence[str], warnings: list[str]) -> _Read:
    offset = offset_of(date.offset) or found.offset
    if not offset and date.offset.strip(": "):
        warnings.append(NO_OFFSET)
    if date.source == "GPS":
        offset = offset or "Z"
    if not offset and date.source in {"EXIF", "XMP"}:
        offset = next(filter(None, map(offset_of, offsets)), "")
        warnings += [_OTHER_OFFSET] if offset else []
    return _Read(date.source, found.text, offset, tuple(warnings))
