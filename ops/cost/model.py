"""The bill of a month: quantities by the names of their prices, multiplied and added up.

Pure functions without AWS, clock or files other than the price table.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.cost.prices import price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.cost.prices import Price

    Quantities = Mapping[str, float]

HOURS = 730.0
"""Hours of a month on average, with which AWS's calculator reckons."""

WHOLE_VCPU_MB = 1769
"""MemorySize at which a function has one vCPU
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html)."""

_EXPRESS_CHUNK_MB, _EXPRESS_CHUNK_SECONDS = 64, 0.1


@dataclass(frozen=True)
class Line:
    """A line of a bill; `quantity` counts what is free, too."""

    price: Price
    quantity: float
    usd: float

    @property
    def service(self) -> str:
        """On whose bill it appears."""
        return self.price.service


@dataclass(frozen=True)
class Bill:
    """A month's bill in US dollars."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return sum(line.usd for line in self.lines)

    def by_service(self) -> dict[str, float]:
        """Return the sum of each service, in the order of the lines."""
        sums: dict[str, float] = defaultdict(float)
        for line in self.lines:
            sums[line.service] += line.usd
        return dict(sums)

    def without(self, service: str) -> float:
        """Return the sum of all other services."""
        return sum(line.usd for line in self.lines if line.service != service)


def bill(quantities: Quantities, *, free_tier: bool = True, volume_tiers: bool = True) -> Bill:
    """Price the quantities of a month.

    Args:
        quantities: by the names of their prices in prices.toml.
        free_tier: do not bill what is always free each month.
        volume_tiers: apply the lower prices of large volumes.
    """
    return Bill(
        tuple(
            Line(
                price(name),
                quantity,
                price(name).cost(quantity, free_tier=free_tier, volume_tiers=volume_tiers),
            )
            for name, quantity in quantities.items()
        )
    )


def added(*parts: Quantities) -> dict[str, float]:
    """Add up quantities."""
    sums: dict[str, float] = defaultdict(float)
    for part in parts:
        for name, quantity in part.items():
            sums[name] += quantity
    return dict(sums)


def times(factor: float, quantities: Quantities) -> dict[str, float]:
    """Multiply quantities."""
    return {name: factor * quantity for name, quantity in quantities.items()}


def vcpus(memory_mb: float, most: float = 1.0) -> float:
    """Return the vCPUs that a MemorySize gives a function which makes use of so many at most."""
    return min(most, memory_mb / WHOLE_VCPU_MB)


def functions(
    requests: float, seconds: float, memory_mb: float, architecture: str
) -> dict[str, float]:
    """Return the quantities of a Lambda function.

    Args:
        requests: invocations.
        seconds: billed duration of an invocation.
        memory_mb: its MemorySize.
        architecture: `arm64` or `x86_64`.
    """
    gigabyte_seconds = requests * seconds * memory_mb / 1024
    return {"lambda_requests": requests, f"lambda_{architecture}": gigabyte_seconds}


def provisioned(
    concurrency: float, memory_mb: float, architecture: str, hours: float = HOURS
) -> dict[str, float]:
    """Return the quantities of provisioned concurrency, without the invocations that it serves."""
    name = f"lambda_provisioned_{architecture}"
    return {name: concurrency * memory_mb / 1024 * hours * 3600}


def standard(executions: float, transitions: float) -> dict[str, float]:
    """Return the quantities of Standard executions with a number of transitions each."""
    return {"states_standard": executions * transitions}


def express(executions: float, seconds: float, memory_mb: float) -> dict[str, float]:
    """Return the quantities of Express executions, each rounded up to 64 MB and 100 ms."""
    memory = math.ceil(memory_mb / _EXPRESS_CHUNK_MB) * _EXPRESS_CHUNK_MB
    # Rounded first: 0.3 s are three chunks and not, by the error of a float, four.
    chunks = math.ceil(round(seconds / _EXPRESS_CHUNK_SECONDS, 6))
    gigabyte_seconds = memory / 1024 * chunks * _EXPRESS_CHUNK_SECONDS
    return {
        "states_express_requests": executions,
        "states_express": executions * gigabyte_seconds,
    }


def fargate(
    vcpu: float, memory_gb: float, architecture: str, hours: float = HOURS
) -> dict[str, float]:
    """Return the quantities of a Fargate task with up to 20 GB of storage."""
    return {
        f"fargate_vcpu_{architecture}": vcpu * hours,
        f"fargate_memory_{architecture}": memory_gb * hours,
    }


def ec2(instance: str, hours: float = HOURS) -> dict[str, float]:
    """Return the quantities of an EC2 instance such as `t3.small`, without its volume."""
    return {f"ec2_{instance.replace('.', '_')}": hours}
