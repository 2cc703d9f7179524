"""How long a message is hidden after a try that failed: exponential back-off with jitter; pure."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_pipeline.tries import Try

_FIRST_WAIT = 15
_FACTOR = 4
_LONGEST_WAIT = 600
_JITTER = 0.25

random_between = random.SystemRandom().uniform
"""Jitter from the operating system: environments of one snapshot share the state of `random`."""


def seconds_until_next(failed: Try, jitter: Callable[[float, float], float]) -> int:
    """Return the seconds until the next try: 15, 60, 240, 600, and up to a quarter more.

    After the last try it is 0: the queue moves the message when it is next looked at.

    Args:
        failed: the try that failed.
        jitter: returns a random number between two numbers.
    """
    if failed.is_last:
        return 0
    wait = min(_FIRST_WAIT * _FACTOR ** (failed.number - 1), _LONGEST_WAIT)
    return round(jitter(wait, wait * (1 + _JITTER)))
