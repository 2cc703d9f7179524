"""The tables and the chart of docs/cost.md: what `python -m ops cost` prints and draws."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from local.manifest import ROOT
from ops.cost.chart import chart
from ops.cost.designs import comparison
from ops.cost.run import PARTS, default_report
from ops.cost.tables import photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.cost.report import Report

CHARTS = (ROOT / "docs" / "cost.svg", ROOT / "docs" / "cost.png")


@cache
def _report() -> Report:
    return default_report()


def parts() -> dict[str, Callable[[], str]]:
    """Return what writes each table, by the name of the part."""
    made = {f"cost{name}": partial(_part, name) for name in PARTS}
    others = {
        "costphoto": lambda: photo(_report()),
        "costdesigns": lambda: comparison(_report()),
    }
    return {**made, **others}


def _part(name: str) -> str:
    return PARTS[name](_report())


def draw() -> None:
    """Write the chart."""
    for path in CHARTS:
        chart(_report()).write(path)
