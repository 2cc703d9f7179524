"""Tables of the way from upload to outcome, and of what a shorter one costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.mixes import (
    ALLOWANCE,
    GOALS,
    affordable,
    cheapest,
    fitting,
    mixed,
    mixes,
    settings_for,
    shortest,
)
from benchmarks.way import ASSUMED, DISPATCH, Leg, recorded, way
from local.manifest import steps
from ops.cost.model import HOURS
from ops.cost.prices import price
from tests.docs.tables import table
from tests.template.documents import FUNCTIONS, properties

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.way import Choice

_ALLOWANCES = (0.0001, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, ALLOWANCE, 0.015)
_STEPS = tuple(step.logical_id for step in steps())
_PRICED = (256, 512, 1024, 1769, 2560)


def settings() -> str:
    """Return what each function needs, and its price at some settings."""
    head = ("function", "CPU ms", "first ms", "waiting ms", "largest MB")
    rows = []
    for name in FUNCTIONS:
        demand, fits = recorded()[name], fitting(name, recorded()[name])
        largest = max(demand.peak, demand.largest_peak)
        cells = (demand.cpu * 1000, demand.cold_cpu * 1000, demand.waiting * 1000, largest)
        prices = (f"{demand.dollars(size) * 100:.2f}" if size in fits else "–" for size in _PRICED)
        rows.append(
            (
                _short(name),
                *(f"{cell:,.0f}" for cell in cells),
                *prices,
                f"{_deployed(name):,}",
            )
        )
    return table((*head, *(f"{size:,}" for size in _PRICED), "MemorySize"), rows)


def frontier() -> str:
    """Return the settings that the rule chooses for each allowance."""
    demands = recorded()
    found = mixes("ordinary", demands, settings_for("ordinary", demands))
    rows = {}
    for allowance in filter(partial(affordable, found), _ALLOWANCES):
        best = shortest(found, allowance, GOALS["ordinary"])
        times = [
            (f"{choice.dollars - least:.4f}", f"{choice.warm:.2f}", f"{choice.first:.2f}")
            for choice, least in zip(best, cheapest(found), strict=True)
        ]
        sizes = (f"{size:,}" for size in best.sizes.values())
        standard, express = times
        rows[tuple(best.sizes.values())] = (f"{allowance:g}", *sizes, *standard, *express)
    names = [_short(name) for name in best.sizes]
    head = ("USD more", "warm s", "first s")
    express_head = tuple(f"Express: {each}" for each in head)
    return table(("allowed", *names, *head, *express_head), list(rows.values()))


def stages() -> str:
    """Return how long each part of an ordinary picture's way takes with the deployed settings."""
    along = way("ordinary")
    sizes = {name: _deployed(name) for name in (DISPATCH, *along.functions)}
    standard, express = mixed("ordinary", recorded(), sizes)
    rows = [("S3, EventBridge, start of the execution", *_seconds(ASSUMED.delivery))]
    for stage in along.stages:
        how = ", in parallel" if len(stage) > 1 else ""
        rows += [_leg(leg, sizes, how) for leg in stage]
    rows += [
        ("states", *_seconds(along.fixed - ASSUMED.delivery - ASSUMED.publish)),
        ("message to SNS", *_seconds(ASSUMED.publish)),
        ("**upload to outcome**", *_both(standard)),
        ("with `WorkflowType=EXPRESS`, before the execution: queue", *_seconds(ASSUMED.queue)),
        _leg(Leg(DISPATCH, 0.0), sizes, ""),
        ("**upload to outcome with `WorkflowType=EXPRESS`**", *_both(express)),
    ]
    return table(("part", "warm s", "first s"), rows)


def _leg(leg: Leg, sizes: Mapping[str, int], how: str) -> tuple[str, str, str]:
    demand, size = recorded()[leg.function], sizes[leg.function]
    warm = demand.seconds(size) + leg.besides
    cold = warm + demand.cold_seconds(size) + ASSUMED.environment
    return f"{_short(leg.function)}{how}", f"{warm:.2f}", f"{cold:.2f}"


def _both(choice: Choice) -> tuple[str, str]:
    return f"**{choice.warm:.2f}**", f"**{choice.first:.2f}**"


def cold_starts() -> str:
    """Return what snapshots and provisioned concurrency cost each group of functions."""
    groups = {
        "the API: two functions": ("ApiFunction", "ApiWriteFunction"),
        "the workflow: seven functions": _STEPS,
        "the same and the dispatch function": (*_STEPS, DISPATCH),
    }
    rows = []
    for name, functions in groups.items():
        gigabytes = sum(map(_deployed, functions)) / 1024
        month = gigabytes * HOURS * 3600
        rows.append(
            (
                name,
                f"{gigabytes:.2f}",
                f"{month * price('lambda_snapstart_cache').usd:.2f}",
                f"{gigabytes * price('lambda_snapstart_restore').usd * 1000:.2f}",
                f"{month * price('lambda_provisioned_arm64').usd:.2f}",
            )
        )
    return table(
        (
            "group",
            "GB together",
            "SnapStart: USD a month",
            "and for 1,000 restores of each function",
            "PROVISIONED with 1: USD a month",
        ),
        rows,
    )


def _short(function: str) -> str:
    return function.removesuffix("Function").lower()


def _seconds(seconds: float) -> tuple[str, str]:
    return f"{seconds:.2f}", f"{seconds:.2f}"


def _deployed(function: str) -> int:
    return int(properties(function)["MemorySize"])
