"""The demand of a function, and the MemorySize that follows from it.

Lambda gives a share of a vCPU that grows with the memory up to one at 1,769 MB
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.deployed import triggers
from ops.cost.model import vcpus
from ops.cost.prices import price

SETTINGS = (256, 384, 512, 768, 1024, 1280, 1536, 1769, 2048, 2560, 3008)
_MEMORY_TO_SPARE, _TIME_TO_SPARE = 1.2, 3.0
_SECONDS_PEOPLE_WAIT = 1.25
_SAME_PRICE = 1.02


@dataclass(frozen=True)
class Demand:
    """What a function needs: CPU in seconds, memory in MB, `waiting` for AWS in seconds.

    `parallel` is how many vCPUs it makes use of at most: more than one with threads.
    """

    cpu: float
    cold_cpu: float
    peak: float
    largest_cpu: float
    largest_peak: float
    waiting: float
    parallel: float = 1.0

    def seconds(self, size: int) -> float:
        """Estimate how long a typical call takes with a memory size."""
        return self.cpu / vcpus(size, self.parallel) + self.waiting

    def cold_seconds(self, size: int) -> float:
        """Estimate how much longer the first call of a process takes.

        Lambda gives more CPU during init; nothing documents how much, so none is assumed.
        """
        return (self.cold_cpu - self.cpu) / vcpus(size)

    def longest_seconds(self, size: int) -> float:
        """Estimate how long the first call of a process takes with the largest picture."""
        return (self.cold_cpu + self.largest_cpu) / vcpus(size) + self.waiting

    def price(self, size: int, waited: float = 0.0) -> float:
        """Return the GB-seconds of a typical call, which waits so many seconds besides."""
        return size / 1024 * (self.seconds(size) + waited)

    def dollars(self, size: int, waited: float = 0.0) -> float:
        """Return the price of 1,000 typical calls, without that of the requests."""
        return self.price(size, waited) * price("lambda_arm64").usd * 1000

    def fits(self, size: int, limit: float) -> bool:
        """Whether a memory size handles the worst case within a time `limit` in seconds."""
        memory = max(self.peak, self.largest_peak) * _MEMORY_TO_SPARE
        return size >= memory and self.longest_seconds(size) <= limit


def recommended(demand: Demand, limit: float) -> int:
    """Choose the fastest of the cheapest memory sizes that handle everything within `limit` s.

    For functions that nobody waits for; benchmarks.mixes chooses for those from upload to outcome.

    Raises:
        ValueError: no size does.
    """
    fitting = [size for size in SETTINGS if demand.fits(size, limit)]
    cheapest = min(map(demand.price, fitting))
    return max(size for size in fitting if demand.price(size) <= cheapest * _SAME_PRICE)


def time_limit(function: str, timeout: int) -> float:
    """Return the seconds within which the longest call of a function has to end.

    Args:
        function: its logical id; people wait for one that answers the HTTP API.
        timeout: its Timeout in seconds.
    """
    return _SECONDS_PEOPLE_WAIT if "HttpApi" in triggers(function) else timeout / _TIME_TO_SPARE
