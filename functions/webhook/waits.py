"""How long to wait before the next attempt: exponential back-off for a day, then no more."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS = 22
"""Deliveries of a webhook before it is given up, which is the `maxReceiveCount` of the queue."""

_FIRST_WAIT = 10
_LONGEST_WAIT = 2 * 3600
_JITTER = 0.25
_MAY_SAY_WHEN = {429, 503}


def seconds_until_next(
    attempt: int,
    asked_for: float | None,
    jitter: Callable[[float, float], float],
) -> int:
    """Return the seconds to wait after a failed attempt; 0 after the last one.

    The waits add up to at least a day and at most 32 hours, or 53 if the receiver asks for longer
    ones.

    Args:
        attempt: its number, from 1.
        asked_for: seconds that the receiver has asked for; honored up to the longest wait.
        jitter: returns a random number between two numbers.
    """
    if attempt >= ATTEMPTS:
        return 0  # the queue moves it to the dead-letter queue when it is next looked at
    wait = min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT)
    wait = max(wait, min(asked_for or 0, _LONGEST_WAIT))
    return round(jitter(wait, wait * (1 + _JITTER)))


def retry_after(status: int, header: str | None, now: float) -> float | None:
    """Return the seconds that an answer asks to wait; None if it does not, or not legibly.

    Args:
        status: of the answer.
        header: `Retry-After`: seconds, or a date.
        now: seconds since 1970.
    """
    text = (header or "").strip()
    if status not in _MAY_SAY_WHEN or not text:
        return None
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
