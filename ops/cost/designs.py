"""What the same work costs in other designs; pure."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ops.cost import model
from ops.cost.crossover import MACHINES, cpu_seconds, functions_dollars
from ops.cost.tables import table
from ops.cost.upload import QUEUE_REQUESTS, functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.cost.report import Report
    from ops.cost.usage import Usage

VOLUMES = (10_000, 100_000, 1_000_000, 10_000_000)
_CENTS_BELOW = 10
_SHOWN = ("Fargate, 1 vCPU, 4 GB, arm64", "EC2 c7g.large")
# A durable function that invokes the same functions: it is run again after each of them.
_MB, _SECONDS_OF_A_RUN = 512, 0.05
_KB_OF_A_RESULT = 1
_KB_OF_A_GB = 1024 * 1024


def durable(report: Report) -> dict[str, float]:
    """Return what one upload uses if a durable function takes the place of the state machine."""
    return model.added(
        *(
            model.times(share, _durable(report, usage))
            for share, usage in report.work.shares(report.measured)
        )
    )


def _durable(report: Report, usage: Usage) -> dict[str, float]:
    operations, runs = len(usage.states), len(usage.stages) + 1
    written = operations * _KB_OF_A_RESULT / _KB_OF_A_GB
    orchestrating = model.functions(runs, _SECONDS_OF_A_RUN, _MB, report.stack.architecture)
    steps = functions(report.stack, report.measured, usage, report.work.cold)
    operating = {
        "lambda_durable_operations": operations,
        "lambda_durable_data_written": written,
        "sqs_requests": QUEUE_REQUESTS,
    }
    return model.added(orchestrating, steps, operating)


def designs(report: Report) -> Iterator[tuple[str, Callable[[float], float]]]:
    """Yield the name of each design, and a function from a month's pictures to USD."""
    for workflow in ("STANDARD", "EXPRESS"):
        stack = report.of(report.stack.architecture, workflow).stack
        dollars = functions_dollars(stack, report.measured, report.work, free_tier=False)
        yield f"Lambda and Step Functions, {workflow}", dollars
    each = durable(report)
    yield "Lambda and a durable function", partial(_priced, each)
    cpu = cpu_seconds(report.measured, report.work)
    for machine in MACHINES:
        if machine.name in _SHOWN:
            yield machine.name, partial(machine.dollars, cpu=cpu, free_tier=False)


def _priced(each: dict[str, float], pictures: float) -> float:
    return model.bill(model.times(pictures, each), free_tier=False).total


def comparison(report: Report) -> str:
    """Return what runs the code in each design, in USD a month by volume, without free tier."""
    rows = [
        (name, *(_usd(dollars(volume)) for volume in VOLUMES)) for name, dollars in designs(report)
    ]
    return table(("design", *(f"{volume:,}" for volume in VOLUMES)), rows)


def _usd(dollars: float) -> str:
    """Format an amount: cents tell small ones apart."""
    return f"{dollars:,.2f}" if dollars < _CENTS_BELOW else f"{dollars:,.0f}"
