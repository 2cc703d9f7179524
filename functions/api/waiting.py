"""Holds an answer until an image changes, and says when to ask again."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LONGEST_WAIT = 20
"""Seconds; API Gateway gives up after 30."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 2.0
_SOONEST, _LATEST = 1, 30


class Clock:
    """Measures the time and lets it pass.

    Attributes:
        slept: how many seconds have passed in `sleep`.
    """

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> float:
        """Return the seconds since any moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        time.sleep(seconds)
        self.slept += seconds


def held(
    value: T,
    read: Callable[[], T],
    is_awaited: Callable[[T], bool],
    seconds: float,
    clock: Clock,
) -> T:
    """Read again and again until a value is the awaited one, or the time is over.

    Twenty seconds take thirteen reads: most pictures are finished within a few seconds.

    Args:
        value: as it was read already.
        read: reads it again.
        is_awaited: whether to wait no longer.
        seconds: how long to wait at most.
        clock: measures and passes the time.

    Returns:
        The value that was read last.
    """
    end, pause = clock.now() + seconds, _FIRST_PAUSE
    while not is_awaited(value) and (left := end - clock.now()) > 0:
        clock.sleep(min(left, pause))
        pause = min(2 * pause, _LONGEST_PAUSE)
        value = read()
    return value


def retry_after(began: str | None, now: datetime) -> int:
    """Return in how many seconds to ask again for an image that is in work.

    A quarter of the time that it has taken so far: most are finished within seconds, but an
    image that waits for capacity may take hours.

    Args:
        began: when the work began, in ISO 8601; None if that is not known.
        now: the time.
    """
    if began is None:
        return _SOONEST
    passed = (now - datetime.fromisoformat(began)).total_seconds()
    return int(min(max(passed / 4, _SOONEST), _LATEST))
