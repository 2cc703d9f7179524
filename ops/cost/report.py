"""A month's cost: what `python -m ops cost` prints, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ops.cost import model
from ops.cost.crossover import MACHINES, cpu_seconds, crossover, functions_dollars
from ops.cost.month import quantities
from ops.cost.prices import prices
from ops.cost.upload import processing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.cost.model import Bill
    from ops.cost.stack import Stack
    from ops.cost.usage import Measured
    from ops.cost.workload import Workload

ARCHITECTURES = ("arm64", "x86_64")
WORKFLOWS = ("STANDARD", "EXPRESS")
THOUSAND = 1000


@dataclass(frozen=True)
class Report:
    """A month's cost.

    Args:
        stack: what is deployed.
        measured: what each upload uses.
        work: what it has to do.
        free_tier: whether the main table is after the units that are always free.
        forms: returns the stack for a processor and a workflow, as its template has it; None if
            nothing else in it depends on them.
    """

    stack: Stack
    measured: Measured
    work: Workload
    free_tier: bool = True
    forms: Callable[[str, str], Stack] | None = None

    @cached_property
    def bills(self) -> tuple[Bill, Bill]:
        """The month, with and without what is always free."""
        used = quantities(self.stack, self.measured, self.work)
        return model.bill(used), model.bill(used, free_tier=False)

    def of(self, architecture: str, workflow: str) -> Report:
        """Return the report of the same stack in another form."""
        if self.forms:
            return replace(self, stack=self.forms(architecture, workflow))
        other = replace(self.stack, architecture=architecture, workflow=workflow)
        return replace(self, stack=other)

    @property
    def per_thousand(self) -> tuple[float, float]:
        """USD for 1,000 uploads from event to outcome: in all, and without Rekognition.

        At list prices, without free units and the lower prices of large volumes.
        """
        used = model.times(THOUSAND, processing(self.stack, self.measured, self.work))
        bill = model.bill(used, free_tier=False, volume_tiers=False)
        return bill.total, bill.without("Rekognition")

    def crossovers(self) -> Iterator[tuple[str, str, float, float]]:
        """Yield each kind of machine and workflow, and the volumes from which it costs less.

        The second volume is without what is always free.
        """
        cpu = cpu_seconds(self.measured, self.work)
        for machine in MACHINES:
            for workflow in WORKFLOWS:
                stack = self.of(self.stack.architecture, workflow).stack
                volumes = [
                    crossover(
                        functions_dollars(stack, self.measured, self.work, free_tier=free),
                        partial(machine.dollars, cpu=cpu, free_tier=free),
                    )
                    for free in (True, False)
                ]
                yield machine.name, workflow, volumes[0], volumes[1]

    def as_json(self) -> dict[str, Any]:
        """Return everything that the tables say, unrounded."""
        with_free, without = self.bills
        total, without_rekognition = self.per_thousand
        return {
            "pictures": self.work.pictures,
            "mix": dict(self.work.mix),
            "people": self.work.people,
            "visits": self.work.visits,
            "architecture": self.stack.architecture,
            "workflow": self.stack.workflow,
            "prices_of": max(each.date for each in prices().values()).isoformat(),
            "month": {
                "usd": with_free.total,
                "usd_without_free_tier": without.total,
                "services": {
                    service: {
                        "usd": with_free.by_service()[service],
                        "usd_without_free_tier": usd,
                        "share": share(with_free.by_service()[service], with_free.total),
                    }
                    for service, usd in without.by_service().items()
                },
                "lines": [
                    {
                        "price": line.price.name,
                        "service": line.service,
                        "unit": line.price.unit,
                        "quantity": line.quantity,
                        "usd": line.usd,
                    }
                    for line in with_free.lines
                ],
            },
            "per_thousand": {
                "usd": total,
                "usd_without_rekognition": without_rekognition,
                "forms": [
                    {
                        "architecture": architecture,
                        "workflow": workflow,
                        "usd": self.of(architecture, workflow).per_thousand[0],
                        "usd_without_rekognition": self.of(architecture, workflow).per_thousand[1],
                    }
                    for architecture in ARCHITECTURES
                    for workflow in WORKFLOWS
                ],
            },
            "crossover": [
                {
                    "machine": machine,
                    "workflow": workflow,
                    "pictures": _finite(volume),
                    "pictures_without_free_tier": _finite(without_free),
                }
                for machine, workflow, volume, without_free in self.crossovers()
            ],
        }


def _finite(volume: float) -> int | None:
    return None if math.isinf(volume) else round(volume)


def share(part: float, whole: float) -> float:
    """Return the share of a part."""
    return part / whole if whole else 0.0
