"""The chart: shares of the month, and what runs the code over the volume."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from ops.cost.crossover import MACHINES, cpu_seconds, functions_dollars
from ops.cost.drawing import Drawing, Line, Rectangle, Text, legend
from ops.cost.report import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.cost.report import Report

_WIDTH, _HEIGHT = 900, 620
_COLORS = (
    "#2f6fab",
    "#d9822b",
    "#3a8f5c",
    "#b03a48",
    "#7a5aa6",
    "#8c6d46",
    "#c65d9a",
    "#5f6b77",
    "#a8a32a",
    "#2a9aa8",
)
_GRID, _LEFT, _RIGHT = "#d8dee4", 70, 640
_BAR_TOP, _BAR_HEIGHT = 52, 34
_TOP, _BOTTOM = 250, 560
_LEAST_SHARE = 0.01
_VOLUMES = (4, 8)  # powers of ten: pictures a month
_DOLLARS = (0, 5)
_POINTS = 120
_SHOWN = ("Fargate, 1 vCPU, 4 GB, arm64", "EC2 c7g.large")


def chart(report: Report) -> Drawing:
    """Draw a report."""
    title = f"{report.work.pictures:,.0f} pictures a month"
    drawing = Drawing(_WIDTH, _HEIGHT, f"Cost of {title}")
    _draw_shares(drawing, report, title)
    _draw_volumes(drawing, report)
    return drawing


def _draw_shares(drawing: Drawing, report: Report, title: str) -> None:
    bill = report.bills[0 if report.free_tier else 1]
    drawing.add(Text(_LEFT, 30, f"{title}, {report.stack.workflow}: ${bill.total:,.2f}", size=16))
    by_cost = sorted(bill.by_service().items(), key=lambda each: -each[1])
    shown = [each for each in by_cost if each[1] >= _LEAST_SHARE * bill.total]
    rest = bill.total - sum(usd for _, usd in shown)
    entries = [*shown, ("others", rest)]
    x, width = float(_LEFT), _WIDTH - 2 * _LEFT
    labels = []
    for (service, usd), color in zip(entries, _COLORS, strict=False):
        share = usd / bill.total if bill.total else 0.0
        drawing.add(Rectangle(x, _BAR_TOP, share * width, _BAR_HEIGHT, color))
        x += share * width
        labels.append((f"{service}  ${usd:,.2f}  {share:.1%}", color))
    half = math.ceil(len(labels) / 2)
    drawing.add(*legend(labels[:half], _LEFT, _BAR_TOP + _BAR_HEIGHT + 26))
    drawing.add(*legend(labels[half:], _LEFT + width / 2, _BAR_TOP + _BAR_HEIGHT + 26))


def _draw_volumes(drawing: Drawing, report: Report) -> None:
    drawing.add(
        Text(_LEFT, _TOP - 22, "What runs the code, USD a month, by pictures a month", size=16)
    )
    for power in range(_VOLUMES[0], _VOLUMES[1] + 1):
        x = _across(10.0**power)
        drawing.add(Line(((x, _TOP), (x, _BOTTOM)), _GRID, 1))
        drawing.add(Text(x, _BOTTOM + 20, f"{10**power:,}", "middle"))
    for power in range(_DOLLARS[0], _DOLLARS[1] + 1):
        y = _up(10.0**power)
        drawing.add(Line(((_LEFT, y), (_RIGHT, y)), _GRID, 1))
        less = "up to " if power == _DOLLARS[0] else ""  # lines of less are drawn there
        drawing.add(Text(_LEFT - 8, y + 4, f"{less}${10**power:,}", "end"))
    entries = []
    for (name, dollars, is_dashed), color in zip(_curves(report), _COLORS, strict=False):
        drawing.add(Line(_points(dollars), color, 2.5, is_dashed))
        entries.append((name, color))
    drawing.add(*legend(entries, _RIGHT + 20, _TOP + 20))


def _curves(report: Report) -> list[tuple[str, Callable[[float], float], bool]]:
    curves: list[tuple[str, Callable[[float], float], bool]] = []
    dollars: Callable[[float], float]
    for workflow in WORKFLOWS:
        stack = report.of(report.stack.architecture, workflow).stack
        dollars = functions_dollars(stack, report.measured, report.work, free_tier=report.free_tier)
        curves.append((f"Lambda, {workflow}", dollars, False))
    cpu = cpu_seconds(report.measured, report.work)
    for machine in MACHINES:
        if machine.name in _SHOWN:
            name = machine.name.partition(", 1")[0]
            dollars = partial(machine.dollars, cpu=cpu, free_tier=report.free_tier)
            curves.append((name, dollars, True))
    return curves


def _points(dollars: Callable[[float], float]) -> tuple[tuple[float, float], ...]:
    first, last = _VOLUMES
    volumes = [10 ** (first + (last - first) * at / _POINTS) for at in range(_POINTS + 1)]
    return tuple((_across(volume), _up(dollars(volume))) for volume in volumes)


def _across(pictures: float) -> float:
    first, last = _VOLUMES
    return _LEFT + (math.log10(pictures) - first) / (last - first) * (_RIGHT - _LEFT)


def _up(dollars: float) -> float:
    first, last = _DOLLARS
    place = min(max(math.log10(max(dollars, 1e-9)), first), last)
    return _BOTTOM - (place - first) / (last - first) * (_BOTTOM - _TOP)
