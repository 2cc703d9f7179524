"""The tables that `python -m ops cost` prints, in Markdown."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.cost import model
from ops.cost.prices import price
from ops.cost.report import ARCHITECTURES, THOUSAND, WORKFLOWS, share
from ops.cost.upload import execution_seconds, processing, seconds
from ops.cost.workload import SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.cost.report import Report

_CENT = 0.005


def services(report: Report) -> str:
    """Return the table of a month's services, their shares, and what free units save."""
    with_free, without = report.bills
    chosen = with_free if report.free_tier else without
    rows = [
        (
            service,
            _usd(with_free.by_service()[service]),
            _usd(usd),
            f"{share(chosen.by_service()[service], chosen.total):.1%}",
        )
        for service, usd in sorted(without.by_service().items(), key=lambda each: -each[1])
    ]
    total = ("**together**", f"**{_usd(with_free.total)}**", f"**{_usd(without.total)}**", "")
    return table(("service", "USD a month", "without free tier", "share"), [*rows, total])


def lines(report: Report) -> str:
    """Return the table of what is used, each with its price."""
    with_free, _ = report.bills
    rows = [
        (line.service, f"{line.quantity:,.0f}", line.price.unit, _usd(line.usd))
        for line in sorted(with_free.lines, key=lambda line: (line.service, -line.usd))
        if round(line.quantity) or line.usd >= _CENT
    ]
    return table(("service", "quantity", "unit", "USD a month"), rows)


def forms(report: Report) -> str:
    """Return what 1,000 uploads cost from event to outcome, by processor and workflow."""
    rows = []
    for workflow in WORKFLOWS:
        for architecture in ARCHITECTURES:
            form = report.of(architecture, workflow)
            used = model.times(THOUSAND, processing(form.stack, form.measured, form.work))
            bill = model.bill(used, free_tier=False, volume_tiers=False)
            by = bill.by_service()
            others = bill.total - sum(
                by.get(name, 0.0) for name in ("Lambda", "Step Functions", "Rekognition")
            )
            rows.append(
                (
                    workflow,
                    architecture,
                    f"{by['Lambda']:.4f}",
                    f"{by['Step Functions']:.4f}",
                    f"{others:.4f}",
                    f"**{bill.without('Rekognition'):.4f}**",
                    f"{by.get('Rekognition', 0.0):.4f}",
                )
            )
    head = ("workflow", "processor", "Lambda", "Step Functions", "others", "without Rekognition")
    return table((*head, "Rekognition"), rows)


def kinds(report: Report) -> str:
    """Return what 1,000 uploads of each kind cost, and how long an execution takes."""
    rows = []
    for kind, usage in report.measured.kinds.items():
        one = replace(report, work=replace(report.work, mix={kind: 1.0}))
        total, without = one.per_thousand
        taken = execution_seconds(report.stack, report.measured, usage)
        part = report.work.mix.get(kind, 0.0)
        rows.append((kind, f"{part:.0%}", f"{taken:.2f}", f"{without:.4f}", f"{total:.4f}"))
    return table(
        ("upload", "of the mix", "execution s", "without Rekognition", "USD per 1,000"), rows
    )


def photo(report: Report) -> str:
    """Return what 1,000 photos of 12 megapixels cost, by what is used."""
    work = replace(report.work, mix={"photo": 1.0})
    used = model.times(THOUSAND, processing(report.stack, report.measured, work))
    bill = model.bill(used, free_tier=False, volume_tiers=False)
    rows = [
        (line.service, _quantity(line.quantity), line.price.unit, f"{line.usd:.4f}")
        for line in sorted(bill.lines, key=lambda line: -bill.by_service()[line.service])
    ]
    total = ("**together**", "", "", f"**{bill.total:.4f}**")
    return table(("service", "for 1,000", "unit", "USD"), [*rows, total])


def settings(report: Report) -> str:
    """Return each function of the workflow: its settings, and what the volume asks of it."""
    rows = []
    for name, function in report.stack.functions.items():
        each = [
            (part * usage.functions[name].requests, usage.functions[name])
            for part, usage in report.work.shares(report.measured)
            if name in usage.functions
        ]
        requests = sum(part for part, _ in each)
        if not requests:
            continue
        taken = sum(
            part * seconds(report.measured, name, function, invoked) for part, invoked in each
        )
        at_once = taken * report.work.pictures / SECONDS
        dollars = taken * function.memory / 1024 * price(f"lambda_{report.stack.architecture}").usd
        rows.append(
            (
                name,
                f"{function.memory:,}",
                f"{function.timeout}",
                "–" if function.reserved is None else f"{function.reserved}",
                f"{taken / requests:.3f}",
                f"{at_once:.2f}",
                f"{dollars * THOUSAND:.4f}",
            )
        )
    return table(
        ("function", "MB", "Timeout s", "reserved", "seconds", "at once", "USD per 1,000"), rows
    )


def machines(report: Report) -> str:
    """Return the volumes from which machines cost less than functions."""
    rows = [
        (machine, workflow, _volume(volume), _volume(without))
        for machine, workflow, volume, without in report.crossovers()
    ]
    return table(("machines", "workflow", "cheaper from, a month", "without free tier"), rows)


def _quantity(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 1 else f"{quantity:.4f}"


def _volume(volume: float) -> str:
    return "never" if math.isinf(volume) else f"{round(volume, 2 - len(str(int(volume)))):,.0f}"


def _usd(usd: float) -> str:
    return f"{usd:,.2f}" if usd >= _CENT or not usd else "<0.01"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a table in Markdown whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    ruled = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in ruled
    )
