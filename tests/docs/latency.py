"""Tables of the way from upload to outcome, and of what a shorter one costs."""

from __future__ import annotations

from benchmarks.way import (
    ALLOWANCE,
    ASSUMED,
    choices,
    fitting,
    recorded,
    shortest,
    way,
    with_sizes,
)
from local.manifest import steps
from ops.cost.model import HOURS
from ops.cost.prices import price
from tests.docs.tables import table
from tests.template.documents import FUNCTIONS, properties

_ALLOWANCES = (0, 0.0005, 0.001, 0.002, 0.003, 0.005, ALLOWANCE)
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
                name.removesuffix("Function").lower(),
                *(f"{cell:,.0f}" for cell in cells),
                *prices,
                f"{_deployed(name):,}",
            )
        )
    return table((*head, *(f"{size:,}" for size in _PRICED), "MemorySize"), rows)


def frontier() -> str:
    """Return the shortest way for each allowance."""
    along = way("ordinary")
    demands = recorded()
    found = choices(
        along, demands, {name: fitting(name, demands[name]) for name in along.functions}
    )
    steps = [name.removesuffix("Function").lower() for name in along.functions]
    cheapest = min(choice.dollars for choice in found)
    rows = {}
    for allowance in _ALLOWANCES:
        best = shortest(found, allowance)
        rows[tuple(best.sizes.values())] = (
            f"{allowance:g}",
            f"{best.dollars - cheapest:.4f}",
            *(f"{best.sizes[name]:,}" for name in along.functions),
            f"{best.warm:.2f}",
            f"{best.first:.2f}",
        )
    return table(("allowed", "taken", *steps, "warm s", "first s"), list(rows.values()))


def stages() -> str:
    """Return how long each part of an ordinary picture's way takes with the deployed settings."""
    demands = recorded()
    rows = [("S3, EventBridge, start of the execution", *_seconds(ASSUMED.delivery))]
    along = way("ordinary")
    sizes = {name: _deployed(name) for name in along.functions}
    for stage in along.stages:
        for function, besides in stage:
            demand, size = demands[function], sizes[function]
            warm = demand.seconds(size) + besides
            cold = warm + demand.cold_seconds(size) + along.environment
            name = function.removesuffix("Function").lower()
            label = f"{name}, in parallel" if len(stage) > 1 else name
            rows.append((label, f"{warm:.2f}", f"{cold:.2f}"))
    between = along.fixed - ASSUMED.delivery - ASSUMED.publish
    rows.append(("states", *_seconds(between)))
    rows.append(("message to SNS", *_seconds(ASSUMED.publish)))
    whole = with_sizes(along, demands, sizes)
    rows.append(("**upload to outcome**", f"**{whole.warm:.2f}**", f"**{whole.first:.2f}**"))
    return table(("part", "warm s", "first s"), rows)


def cold_starts() -> str:
    """Return what snapshots and provisioned concurrency cost each group of functions."""
    groups = {
        "the API: two functions": ("ApiFunction", "ApiWriteFunction"),
        "the workflow: seven functions": tuple(step.logical_id for step in steps()),
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


def _seconds(seconds: float) -> tuple[str, str]:
    return f"{seconds:.2f}", f"{seconds:.2f}"


def _deployed(function: str) -> int:
    return int(properties(function)["MemorySize"])
