"""What an account allows during a burst: Lambda's concurrency, and calls per second.

An invocation occupies a slot for its duration. Durations are those that benchmarks.memory_size
measured for a picture of 12 megapixels (docs/memory_size.json), at the MemorySize of the template.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.memory_demand import Demand

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping

_MEASURED = Path(__file__).parents[2] / "docs" / "memory_size.json"

MODERATION = "ModerateFunction"

REKOGNITION_SECONDS = 0.5
"""Assumed: how long Rekognition takes to answer. It refuses at once."""

PUBLISH_SECONDS = 0.05
"""Assumed: how long SNS and SQS take to answer Step Functions."""

SHEETS_SECONDS = 0.9
"""CPU of moderation that has to make sheets of an animation (docs/limits.md)."""

REQUESTS_PER_SLOT = 10
"""Invocations a second for each concurrent execution that an account may have
(docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html)."""

# EventBridge documents 185 attempts in 24 hours, but not its pauses between them.
_LONGEST_DELIVERY_PAUSE = 480.0


@dataclass(frozen=True)
class Limits:
    """Quotas of an account, by default those of one that is not new.

    Args:
        concurrency: concurrent executions of all functions together.
        rekognition: calls per second.
        starts: executions per second that can start, and `starts_at_once` as a burst.
        reserved: concurrency reserved for functions, by logical id; the others share the rest.
    """

    concurrency: int = 1000
    rekognition: float = 50
    starts: float = 150
    starts_at_once: float = 800
    reserved: Mapping[str, int] = field(default_factory=dict)


class _Clock(Protocol):
    now: float


class TokenBucket:
    """A token bucket, as AWS throttles: a burst capacity and a refill rate per second.

    The capacity is at least one token.
    """

    def __init__(self, clock: _Clock, capacity: float, per_second: float) -> None:
        self._clock, self._capacity, self._per_second = clock, max(1.0, capacity), per_second
        self._lock = threading.Lock()
        self._left, self._since = self._capacity, 0.0

    def take(self) -> bool:
        """Take a token; return whether there was one."""
        with self._lock:
            refilled = self._left + (self._clock.now - self._since) * self._per_second
            self._left, self._since = min(self._capacity, refilled), self._clock.now
            if self._left < 1:
                return False
            self._left -= 1
            return True


@dataclass(frozen=True)
class Work:
    """Seconds of a function's invocation, without Rekognition; the first of an instance is cold."""

    warm: float
    cold: float


def work(functions: Mapping[str, int]) -> dict[str, Work]:
    """Return the duration of invocations.

    Args:
        functions: the MemorySize of each function, by logical id.
    """
    measured = json.loads(_MEASURED.read_text())
    demands = {name: Demand(**row["demand"]) for name, row in measured.items()}
    return {
        name: Work(
            demand.seconds(functions[name]),
            demand.seconds(functions[name]) + demand.cold_seconds(functions[name]),
        )
        for name, demand in demands.items()
        if name in functions
    }


def delivery_pause(attempts: int, randomness: random.Random) -> float:
    """Return the seconds, assumed, that EventBridge waits after a number of refused attempts."""
    return randomness.uniform(0, min(_LONGEST_DELIVERY_PAUSE, 2.0 ** (attempts - 1)))


class Lambda:
    """Runs invocations as long as there are slots.

    Each function has instances of its own; one that is free is warm.
    """

    def __init__(self, clock: _Clock, limits: Limits, durations: Mapping[str, Work]) -> None:
        self._durations, self._reserved = durations, limits.reserved
        self._shared = limits.concurrency - sum(limits.reserved.values())
        self._running: Counter[str] = Counter()
        self._instances: Counter[str] = Counter()
        a_second = REQUESTS_PER_SLOT * limits.concurrency
        self._requests = TokenBucket(clock, a_second, a_second)

    def start(self, function: str) -> float | None:
        """Occupy a slot; return the seconds of work, or None if the invocation is throttled."""
        if not self._has_slot(function) or not self._requests.take():
            return None
        self._running[function] += 1
        if self._running[function] <= self._instances[function]:
            return self._durations[function].warm
        self._instances[function] += 1
        return self._durations[function].cold

    def end(self, function: str) -> None:
        """Free the slot of an invocation."""
        self._running[function] -= 1

    def _has_slot(self, function: str) -> bool:
        if function in self._reserved:
            return self._running[function] < self._reserved[function]
        return self._total(set(self._running) - set(self._reserved)) < self._shared

    def _total(self, functions: Iterable[str]) -> int:
        return sum(self._running[name] for name in functions)
