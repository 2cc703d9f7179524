"""The recorded data points, by metric and minute."""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MINUTE = 60
# Of a benchmark's many thousands a minute, these are enough for a percentile.
_KEPT = 1_000

Series = dict[int, float]
"""Values by the start of their periods, in seconds since 1970."""


class Metric(NamedTuple):
    """A metric; two with different dimensions are two metrics."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        """Make one of dimensions by name."""
        return cls(namespace, name, frozenset(dimensions.items()))


@dataclass
class _Values:
    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    kept: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.least, self.most = min(self.least, value), max(self.most, value)
        if len(self.kept) < _KEPT:
            self.kept.append(value)


class Recorded:
    """What has been recorded.

    Args:
        clock: returns the time of what is recorded, in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._values: dict[Metric, dict[int, _Values]] = defaultdict(dict)

    def add(
        self, namespace: str, values: Mapping[str, float], dimensions: Mapping[str, str]
    ) -> None:
        """Record values that are true now, by the names of their metrics."""
        minute = int(self.clock()) // MINUTE * MINUTE
        with self._lock:
            for name, value in values.items():
                minutes = self._values[Metric.of(namespace, name, dimensions)]
                minutes.setdefault(minute, _Values()).add(value)

    def metrics(self) -> list[Metric]:
        """List everything that has data."""
        with self._lock:
            return list(self._values)

    def series(self, metric: Metric, start: int, end: int, period: int, stat: str) -> Series:
        """Compute a statistic for each period that has data.

        Args:
            metric: to read.
            start: of the first period, in seconds since 1970.
            end: of the last one.
            period: in seconds.
            stat: such as `Sum` or `p99`.
        """
        with self._lock:
            found: dict[int, list[_Values]] = defaultdict(list)
            for minute, values in self._values.get(metric, {}).items():
                if start <= minute < end:
                    found[start + (minute - start) // period * period].append(values)
            return {at: statistic(each, stat) for at, each in sorted(found.items())}


def statistic(values: Iterable[_Values], stat: str) -> float:
    """Compute a statistic of several minutes.

    Raises:
        ValueError: the statistic is unknown.
    """
    several = list(values)
    count = sum(each.count for each in several)
    total = math.fsum(each.total for each in several)
    plain = {
        "SampleCount": float(count),
        "Sum": total,
        "Average": total / count,
        "Minimum": min(each.least for each in several),
        "Maximum": max(each.most for each in several),
    }
    if stat in plain:
        return plain[stat]
    if not stat.startswith("p"):
        message = f"the statistic {stat} is unknown, or not supported offline"
        raise ValueError(message)
    return percentile(sorted(value for each in several for value in each.kept), float(stat[1:]))


def percentile(ordered: list[float], percent: float) -> float:
    """Return the smallest value that is not exceeded by more than the rest of the percentage."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
