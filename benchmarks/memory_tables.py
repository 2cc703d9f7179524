"""What benchmarks.memory_size prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.memory_demand import SETTINGS
from benchmarks.mixes import mixed
from benchmarks.way import KINDS
from local.manifest import template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.memory_demand import Demand


def print_settings(results: Mapping[str, Any]) -> None:
    """Print the demand of each function, and its price at each setting."""
    headings = ("function", "CPU ms", "cold ms", "peak MB", "largest MB", "recommended", "template")
    table = Table(*headings)
    prices = Table(
        "function", *map(str, SETTINGS), title="US cents per 1,000 calls; – does not fit"
    )
    for name, row in results.items():
        needs = row["demand"]
        cells = (
            needs["cpu"] * 1000,
            needs["cold_cpu"] * 1000,
            needs["peak"],
            needs["largest_peak"],
        )
        table.add_row(
            name,
            *(f"{cell:,.0f}" for cell in cells),
            str(row["recommended_mb"]),
            str(template()["Resources"][name]["Properties"]["MemorySize"]),
        )
        prices.add_row(
            name,
            *(
                f"{each['usd_per_thousand'] * 100:.2f}" + ("" if each["fits"] else " –")
                for each in row["settings"].values()
            ),
        )
    console = Console(width=130)
    console.print(table)
    console.print(prices)


def print_ways(demands: Mapping[str, Demand], sizes: Mapping[str, int]) -> None:
    """Print how long each way from upload to outcome is, in each workflow."""
    headings = ("upload", "workflow", "warm s", "first s", "USD per 1,000")
    table = Table(*headings, title="From upload to outcome")
    for kind in KINDS:
        for workflow, taken in mixed(kind, demands, sizes)._asdict().items():
            figures = (f"{taken.warm:.2f}", f"{taken.first:.2f}", f"{taken.dollars:.4f}")
            table.add_row(kind, workflow.upper(), *figures)
    Console(width=130).print(table)
