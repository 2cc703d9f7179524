"""Reads dates and times as cameras and software write them, and writes them in ISO 8601.

EXIF 2.32 (4.6.5) has one spelling, `2024:07:09 10:11:12`. XMP, IPTC and the software of phones have
others, and the later parts of a date may be missing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from pictures.limits import YEARS

# Zeros and blanks stand for a part that is unknown.
_PART = r"(\d{1,2}| {1,2})"
_DATE = re.compile(
    rf"(\d{{4}})(?:[:/.-] ?{_PART}(?:[:/.-] ?{_PART})?|(\d\d)(\d\d)| (\d\d?) (\d\d?)|(?!\d))",
    re.ASCII,
)
_BETWEEN = " T:_,-"
_MORNING = re.compile("(?<![a-z])a\\.?m\\.?(?![a-z])|上午|午前|오전", re.IGNORECASE)
_AFTERNOON = re.compile("(?<![a-z])p\\.?m\\.?(?![a-z])|下午|午後|오후", re.IGNORECASE)
_TIME = re.compile(
    r"(\d\d?)(?:([:.-]) ?(\d\d?)(?:\2 ?(\d\d?)(?:[.,:](\d+))?)?"
    r"|(\d\d)(?:(\d\d)(?:[.,](\d+))?)?(?![\d:])) *(.*)",
    re.ASCII | re.DOTALL,
)
# Written by a camera whose clock was never set, and by software that completes it by an offset.
_UNSET = re.compile(r"[0 :/.TZ+-]*(?:[+-]\d\d:?\d\d)?", re.ASCII)
_OFFSET = re.compile(
    r"(?:UTC|GMT)? ?([+-]) ?(\d\d?)(?::?(\d\d))?(?: DST)?", re.ASCII | re.IGNORECASE
)
_UTC = {"Z", "UTC", "GMT"}
_HOURS, _MINUTES = range(15), range(60)  # of the offsets that places on Earth have
_FRACTION_DIGITS = 6  # the precision of Python's datetime

END_OF_DAY = "The time 24:00:00 in a date was read as the end of the day."
NO_OFFSET = "The UTC offset of a date could not be read."


@dataclass(frozen=True)
class Written:
    """A date as it was written: `text` in ISO 8601, with no more parts than are known.

    `offset` is ±HH:MM or Z; empty if there is none. `warning` says what was assumed or not read.
    """

    text: str
    has_time: bool = False
    offset: str = ""
    warning: str | None = None


def is_unset(written: str) -> bool:
    """Return whether a date consists of zeros and blanks only."""
    return _UNSET.fullmatch(written) is not None


def read_time(written: str, fraction: str = "") -> Written | None:
    """Return a date with or without a time; None if it cannot be read or is impossible.

    Args:
        written: as found.
        fraction: the digits of a fraction of a second that is written elsewhere.
    """
    text = (written if written.isascii() else "".join(map(_ascii_digit, written))).strip()
    found = _DATE.match(text)
    if not found or not YEARS[0] <= int(found[1]) <= YEARS[1]:
        return None
    parts = [part for part in found.groups()[1:] if part is not None]
    month, day = (int(part) if part.strip() else 0 for part in [*parts, "", ""][:2])
    if not month or not day:
        return _reduced(found[1], month)
    try:
        midnight = datetime(int(found[1]), month, day)
        return _at(midnight, text[found.end() :].lstrip(_BETWEEN), fraction)
    except ValueError:  # such as February 30
        return None


def offset_of(written: str) -> str:
    """Return a UTC offset as ±HH:MM or Z; empty if no place on Earth has it."""
    text = written.strip()
    if text.upper() in _UTC:
        return "Z"
    found = _OFFSET.fullmatch(text)
    if not found:
        return ""
    hours, minutes = int(found[2]), int(found[3] or 0)
    if hours not in _HOURS or minutes not in _MINUTES:
        return ""
    return f"{found[1]}{hours:02}:{minutes:02}"


def _ascii_digit(character: str) -> str:
    """Return a digit of any script as 0 to 9: phones write those of their language."""
    return str(unicodedata.decimal(character)) if character.isdecimal() else character


def _reduced(year: str, month: int) -> Written | None:
    if month > 12:
        return None
    return Written(f"{year}-{month:02}" if month else year)


def _at(midnight: datetime, time: str, fraction: str) -> Written:
    """Return a day with the time that is written after it, if there is any.

    Raises:
        ValueError: no clock shows that time.
    """
    is_morning, is_afternoon = _MORNING.search(time), _AFTERNOON.search(time)
    for marker in (_MORNING, _AFTERNOON):
        time = marker.sub("", time).strip()
    found = _TIME.match(time)
    if not found:
        return Written(midnight.date().isoformat())
    hour, rest = int(found[1]), found[9]
    minute, second, decimals = found.group(3, 4, 5) if found[3] else found.group(6, 7, 8)
    if hour <= 12 and (is_morning or is_afternoon):  # otherwise it is the hour of 24 already
        hour = hour % 12 + (12 if is_afternoon else 0)
    warning = None
    minutes, seconds = int(minute), int(second or 0)
    if (hour, minutes, seconds) == (24, 0, 0):
        midnight, hour, warning = midnight + timedelta(days=1), 0, END_OF_DAY
    moment = midnight.replace(hour=hour, minute=minutes, second=seconds)
    digits = decimals or fraction
    point = f".{digits[:_FRACTION_DIGITS]}" if re.fullmatch("[0-9]+", digits) else ""
    offset = offset_of(rest)
    if rest.startswith(("+", "-")) and not offset:
        warning = NO_OFFSET
    return Written(moment.isoformat() + point, True, offset, warning)
