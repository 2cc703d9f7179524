"""From which volume containers cost less than functions; pure.

What is compared is what runs the code: Lambda, Step Functions and the queue on one side, machines
that read the same events from a queue on the other. Every other service costs both the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.cost import model
from ops.cost.upload import QUEUE_REQUESTS, processing
from ops.cost.workload import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ops.cost.stack import Stack
    from ops.cost.usage import Measured
    from ops.cost.workload import Workload

_RUN = ("lambda", "states_", "sqs_")
BUSY = 0.6
"""Share of the time that machines work: uploads do not come evenly, and machines start slowly."""
LEAST = 2
"""Machines at least, in two zones: one at a time would stop uploads when it fails."""
_FEWEST, _MOST, _STEPS = 1e3, 1e10, 280
_GB_OF_A_DISK = 20


@dataclass(frozen=True)
class Machine:
    """A kind of machine: `vcpus` that it can use all the time, and its quantities of a month."""

    name: str
    vcpus: float
    quantities: Mapping[str, float]

    def needed(self, pictures: float, cpu: float) -> int:
        """Return how many a month's pictures need that take so many CPU seconds each."""
        return max(LEAST, math.ceil(pictures * cpu / (SECONDS * self.vcpus * BUSY)))

    def dollars(self, pictures: float, cpu: float, *, free_tier: bool = True) -> float:
        """Return what they cost in a month, with the queue that they read."""
        used = model.times(self.needed(pictures, cpu), self.quantities)
        used = model.added(used, {"sqs_requests": pictures * QUEUE_REQUESTS})
        return model.bill(used, free_tier=free_tier).total


# By which it reaches Rekognition and the queue, for less than a NAT gateway or VPC endpoints.
_ADDRESS = {"public_ipv4": model.HOURS}


def _ec2(instance: str, vcpus: float) -> Machine:
    disk = {"ebs_gp3": _GB_OF_A_DISK}
    return Machine(f"EC2 {instance}", vcpus, {**model.ec2(instance), **disk, **_ADDRESS})


def _fargate(architecture: str) -> Machine:
    name = f"Fargate, 1 vCPU, 4 GB, {architecture.removesuffix('_64')}"
    return Machine(name, 1, {**model.fargate(1, 4, architecture), **_ADDRESS})


MACHINES = (
    _fargate("arm64"),
    _fargate("x86_64"),
    _ec2("c7g.large", 2),
    # Two burstable vCPUs, of each of which a fifth may be used all the time.
    _ec2("t3.small", 0.4),
)
"""Machines that hold the largest picture, but the last: it has 2 GB."""


def cpu_seconds(measured: Measured, work: Workload) -> float:
    """Return the CPU seconds of an upload of the mix, of all functions together."""
    return sum(
        share * sum(each.requests * each.cpu for each in usage.functions.values())
        for share, usage in work.shares(measured)
    )


def functions_dollars(
    stack: Stack, measured: Measured, work: Workload, *, free_tier: bool = True
) -> Callable[[float], float]:
    """Return a function from a month's pictures to what Lambda and the workflow cost."""
    each = {
        name: quantity
        for name, quantity in processing(stack, measured, work).items()
        if name.startswith(_RUN)
    }

    def dollars(pictures: float) -> float:
        return model.bill(model.times(pictures, each), free_tier=free_tier).total

    return dollars


def crossover(functions: Callable[[float], float], machines: Callable[[float], float]) -> float:
    """Return the pictures of a month from which machines cost less for good; inf if never."""
    ratio: float = (_MOST / _FEWEST) ** (1 / _STEPS)
    volumes = [_FEWEST * ratio**step for step in range(_STEPS + 1)]
    dearer = [volume for volume in volumes if machines(volume) > functions(volume)]
    if not dearer:
        return _FEWEST
    if dearer[-1] == volumes[-1]:
        return math.inf
    low, high = dearer[-1], dearer[-1] * ratio
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        if machines(middle) > functions(middle):
            low = middle
        else:
            high = middle
    return high
