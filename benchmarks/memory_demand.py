"""What a function needs, and the MemorySize that follows from it.

Lambda gives a share of a vCPU that grows with the memory up to one at 1,769 MB
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
"""

from __future__ import annotations

from dataclasses import dataclass

SETTINGS = (256, 384, 512, 768, 1024, 1280, 1536, 1769, 2048, 2560, 3008)
_WHOLE_VCPU = 1769
_MEMORY_TO_SPARE, _TIME_TO_SPARE = 1.2, 3.0
_SECONDS_PEOPLE_WAIT = {"ApiFunction": 1.25}
_AS_CHEAP = 1.02


@dataclass(frozen=True)
class Demand:
    """What a function needs: CPU in seconds, memory in MB, `waiting` for AWS in seconds."""

    cpu: float
    cold_cpu: float
    peak: float
    largest_cpu: float
    largest_peak: float
    waiting: float

    def seconds(self, size: int) -> float:
        """How long a typical call takes with so much memory."""
        return self.cpu / _share(size) + self.waiting

    def longest_seconds(self, size: int) -> float:
        """How long the first call of a process takes if it gets the largest picture."""
        return (self.cold_cpu + self.largest_cpu) / _share(size) + self.waiting

    def price(self, size: int) -> float:
        """GB-seconds of a typical call."""
        return size / 1024 * self.seconds(size)

    def fits(self, size: int, limit: float) -> bool:
        """Whether so much memory serves the worst, too, within a time `limit` in seconds."""
        memory = max(self.peak, self.largest_peak) * _MEMORY_TO_SPARE
        return size >= memory and self.longest_seconds(size) <= limit


def recommended(demand: Demand, limit: float) -> int:
    """The MemorySize: the fastest of the cheapest that serve everything within `limit` seconds.

    Raises:
        ValueError: none does.
    """
    fitting = [size for size in SETTINGS if demand.fits(size, limit)]
    cheapest = min(map(demand.price, fitting))
    return max(size for size in fitting if demand.price(size) <= cheapest * _AS_CHEAP)


def time_limit(function: str, timeout: int) -> float:
    """Seconds in which a function's longest call has to end, by its Timeout."""
    return _SECONDS_PEOPLE_WAIT.get(function, timeout / _TIME_TO_SPARE)


def _share(size: int) -> float:
    return min(1.0, size / _WHOLE_VCPU)
