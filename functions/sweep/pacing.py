"""The time that a sweep has, and the rates at which it may call."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_THROTTLES = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "ThrottlingException",
    "TooManyRequestsException",
}
_WAITS = (1, 2, 4, 8, 16)  # seconds at most; botocore has tried three times before each


@dataclass(frozen=True)
class Time:
    """The time of an invocation, up to a reserve for what comes after."""

    milliseconds_left: Callable[[], int]
    reserve: int

    @property
    def is_up(self) -> bool:
        """Whether nothing new may begin."""
        return self.milliseconds_left() < self.reserve


class Pacer:
    """Lets calls pass at a rate; shared by threads.

    Args:
        per_second: the rate.
        burst: the number of calls that may pass at once.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for the turn of one call."""
        with self._lock:
            now = time.monotonic()
            earned = (now - self._at) * self._per_second
            self._tokens = min(self._burst, self._tokens + earned) - 1
            self._at = now
            missing = -self._tokens
        if missing > 0:
            time.sleep(missing / self._per_second)


def backoffs() -> Iterator[None]:
    """Iterate over waits, each longer than the one before, with full jitter.

    Raises:
        TimeoutError: instead of another wait after the last one.
    """
    for longest in _WAITS:
        time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter
        yield
    raise TimeoutError("the service has throttled calls for too long")


def patiently(call: Callable[[], T]) -> T:
    """Make a call, and repeat it after a wait while the service throttles it."""
    waits = backoffs()
    while True:
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] not in _THROTTLES:
                raise
            throttle = error
        try:
            next(waits)
        except TimeoutError:
            raise throttle from None
