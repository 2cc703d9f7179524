"""Keeps a command from overloading what it calls: a steady rate, and patience with throttles."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from botocore import exceptions
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_THROTTLES = {
    *("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"),
    *("ProvisionedThroughputExceededException", "ExecutionLimitExceeded"),
}
_UNREACHABLE = (exceptions.HTTPClientError, exceptions.ConnectionError)
_FIRST_SERVER_ERROR = 500
_LONGEST_WAIT = 60.0
_SECONDS_BETWEEN_LINES = 10.0
_WAITS = 20  # about eight minutes in all


@dataclass
class Pace:
    """Waits so that units are spent at a rate at most.

    Args:
        rate: units per second.
        clock: of seconds.
        sleep: waits for seconds.
    """

    rate: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _free_at: float = field(default=0.0, init=False)

    def spend(self, units: float = 1.0) -> None:
        """Wait until everything spent before is paid for, then spend units."""
        now = self.clock()
        if self._free_at > now:
            self.sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + units / self.rate


@dataclass
class Patience:
    """Repeats calls that are throttled or find AWS out of reach, with full jitter.

    Args:
        say: called with a line when a wait begins.
        sleep: waits for seconds.
    """

    say: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, call: Callable[[], T]) -> T:
        """Return the result of a call.

        Raises:
            ClientError: it fails in another way, or after twenty waits.
        """
        for number in range(_WAITS):
            try:
                return call()
            except (ClientError, *_UNREACHABLE) as error:
                if not _passes(error):
                    raise
                longest = min(_LONGEST_WAIT, 2.0**number)
                self.say(f"waiting up to {longest:.0f} s: {' '.join(str(error).split())}")
                self.sleep(random.uniform(0, longest))  # noqa: S311 - jitter
        return call()


def now_and_then(tell: Callable[[], None]) -> Callable[[], None]:
    """Return a function that tells something when it is called, at most every ten seconds."""
    told = time.monotonic()

    def tell_unless_told() -> None:
        nonlocal told
        if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            tell()

    return tell_unless_told


def _passes(error: Exception) -> bool:
    """Whether an error may pass: a throttle, an error of AWS, or a lost connection."""
    if not isinstance(error, ClientError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"]["Code"] in _THROTTLES or status >= _FIRST_SERVER_ERROR
