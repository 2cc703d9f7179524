"""Reads `from` and `to`: a day or a time in ISO 8601, of UTC unless it has an offset."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from api.errors import BadRequestError, Fault

_TIME = r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?"
_OFFSET = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?"
PATTERN = rf"^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])({_TIME}{_OFFSET})?$"
"""Regular expression that a valid text matches."""

_A_DAY = timedelta(days=1, milliseconds=-1)
_DAY = len("2026-11-27")
_FRACTION = re.compile(r"[.,]([0-9]+)")


def beginning(text: str, field: str = "from") -> datetime:
    """Return the first moment that is meant: of a day, its beginning.

    Raises:
        BadRequestError: the text is not a day or a time.
    """
    if not re.fullmatch(PATTERN, text):
        raise _malformed(field)
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(_microseconds, text.upper()))
    except ValueError as error:  # such as February 30
        raise _malformed(field) from error
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        # The first and the last hours that Python knows have no equivalent in UTC.
        return moment.replace(tzinfo=UTC)


def end(text: str, field: str = "to") -> datetime:
    """Return the last moment that is meant, to the millisecond: of a day, its end.

    Raises:
        BadRequestError: the text is not a day or a time.
    """
    moment = beginning(text, field)
    if len(text) > _DAY:
        return moment
    return moment + _A_DAY


def as_text(moment: datetime) -> str:
    """Write a moment as records do: in UTC, with milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _microseconds(fraction: re.Match[str]) -> str:
    return f".{fraction[1][:6]:0<6}"


def _malformed(field: str) -> BadRequestError:
    message = (
        f"`{field}` is a day such as 2026-11-27, or a time such as 2026-11-27T08:30:00Z; "
        "encode the + of an offset as %2B."
    )
    return BadRequestError(message, Fault(field, message))
