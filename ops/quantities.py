"""Numbers and times on the command line."""

from __future__ import annotations

import argparse
import math
import re
from datetime import UTC, datetime, timedelta

_AGO = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def positive(text: str) -> float:
    """Parse a number greater than zero.

    Raises:
        ArgumentTypeError: it is not.
    """
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not (value > 0 and math.isfinite(value)):
        message = f"{text!r} is not a number greater than zero"
        raise argparse.ArgumentTypeError(message)
    return value


def count(text: str) -> int:
    """Parse a whole number greater than zero.

    Raises:
        ArgumentTypeError: it is not.
    """
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        message = f"{text!r} is not a whole number greater than zero"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def parse_time(text: str) -> datetime:
    """Parse a time in ISO 8601, in UTC unless it has an offset, or a span before now.

    Raises:
        ArgumentTypeError: it is neither.
    """
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is neither a time such as 2026-11-27T10:30Z nor a span such as 6h"
        raise argparse.ArgumentTypeError(message) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
