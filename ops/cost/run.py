"""`python -m ops cost`: from a template or a stack to the tables."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from local.errors import UsageError
from ops.cost import tables
from ops.cost.chart import chart
from ops.cost.prices import prices
from ops.cost.report import Report
from ops.cost.stack import stack_of
from ops.cost.usage import measured
from ops.cost.workload import ORDINARY, Workload, mixed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from ops.aws import Aws
    from ops.cost.stack import Stack
    from ops.cost.usage import Measured

    Say = Callable[[str], None]

PICTURES = 1_000_000.0
_PERCENT = 100
PARTS = {
    "services": tables.services,
    "forms": tables.forms,
    "uploads": tables.kinds,
    "settings": tables.settings,
    "quantities": tables.lines,
    "machines": tables.machines,
}
HEADINGS = {
    "services": "By service",
    "forms": "1,000 uploads from event to outcome, by workflow and processor, without free tier",
    "uploads": "1,000 uploads of each kind",
    "settings": "Functions",
    "quantities": "What is used",
    "machines": "Pictures a month from which machines cost less than Lambda and Step Functions",
}


def cost(given: argparse.Namespace, say: Say) -> int:
    """Print what a month costs, by the template or with a stack's own figures.

    Raises:
        UsageError: the mix, a parameter or the name of the chart is wrong.
    """
    print_report(_report(given), given, say)
    return 0


def print_report(report: Report, given: argparse.Namespace, say: Say) -> None:
    """Print a report, and draw its chart if it is asked for.

    Raises:
        UsageError: the chart cannot be written; then nothing is printed.
    """
    if given.chart:
        try:
            chart(report).write(given.chart)
        except (ValueError, OSError) as error:
            raise UsageError(str(error)) from error
    if given.json:
        say(json.dumps(report.as_json(), indent=2))
    else:
        for line in written(report):
            say(line)


def written(report: Report) -> list[str]:
    """Return the lines of a report."""
    work, stack = report.work, report.stack
    dated = max(each.date for each in prices().values())
    mix = ", ".join(f"{name} {share:.0%}" for name, share in work.mix.items())
    form = ", ".join((stack.workflow, stack.architecture, stack.delivery))
    use = f"{work.creates:g} POST, {work.reads:g} GET, {work.views:g} views"
    lines = [
        f"{work.pictures:,.0f} pictures a month, {form}; list prices of us-east-1 on {dated}.",
        f"Mix: {mix}.",
        f"Of each upload {use}; kept for {work.kept:g} months; {work.cold:.0%} cold starts.",
    ]
    if work.visits or work.people:
        lines.append(
            f"{work.visits:,.0f} visits of the console; {work.people:,.0f} people sign in."
        )
    for name, part in PARTS.items():
        lines += ["", HEADINGS[name], "", part(report)]
    return lines


def _report(given: argparse.Namespace) -> Report:
    try:
        text = given.template.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(str(error)) from error
    except UnicodeDecodeError as error:
        message = f"{given.template} is not a template: it is not text in UTF-8"
        raise UsageError(message) from error
    pictures = PICTURES if given.pictures is None else given.pictures
    return report_of(text, {}, measured(), pictures, given)


def report_of(
    text: str,
    parameters: Mapping[str, str],
    found: Measured,
    pictures: float,
    given: argparse.Namespace,
) -> Report:
    """Return the report of a template for the volume and mix that are given."""
    try:
        mix = mixed(given.mix or ORDINARY, found.kinds)
    except ValueError as error:
        raise UsageError(str(error)) from error
    for name in ("cold", "repeated"):
        if getattr(given, name) > _PERCENT:
            message = f"--{name} is a percentage, not {getattr(given, name):g}"
            raise UsageError(message)
    work = Workload(
        pictures,
        mix,
        given.creates,
        given.reads,
        given.views,
        given.kept,
        given.cold / _PERCENT,
        given.repeated / _PERCENT,
        given.people,
        given.visits,
    )
    overrides = {**parameters, **dict(given.parameter)}
    if given.architecture:
        overrides["Architecture"] = given.architecture
    stack = stack_of(text, overrides, given.workflow)
    _check_console(stack, work)
    forms = partial(_in_form, text, overrides)
    return Report(stack, found, work, free_tier=not given.no_free_tier, forms=forms)


def _check_console(stack: Stack, work: Workload) -> None:
    """Check that people can visit what is deployed.

    Raises:
        UsageError: there is no console, or no user pool.
    """
    if work.visits and not stack.has_console:
        message = "nobody can visit a stack without a console: add --parameter Console=true"
        raise UsageError(message)
    if work.people and not stack.has_user_pool:
        message = (
            "nobody signs in to a stack without a user pool: "
            "add --parameter Console=true --parameter ApiAuth=JWT"
        )
        raise UsageError(message)


def _in_form(text: str, parameters: Mapping[str, str], architecture: str, workflow: str) -> Stack:
    return stack_of(text, {**parameters, "Architecture": architecture}, workflow)


def of_stack(aws: Aws, given: argparse.Namespace, say: Say) -> int:
    """Print what a month of a deployed stack costs: its parameters, durations and uploads.

    Raises:
        UsageError: there is no such stack, or it has processed nothing.
    """
    from ops.cost.deployed import Deployed, required

    deployed = Deployed.read(aws, given.stack)
    found = deployed.measured(measured())
    pictures = given.pictures
    if pictures is None:
        pictures = required(deployed.pictures, given.stack)
    if not given.json:
        days = deployed.days
        say(f"{given.stack}: {deployed.pictures:,.0f} executions in the last {days} days.")
    made = report_of(deployed.template, deployed.parameters, found, pictures, given)
    print_report(made, given, say)
    return 0


def default_report(**changes: Any) -> Report:
    """Return the report of docs/cost.md: the template's defaults, a million ordinary pictures."""
    from local.manifest import ROOT

    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    parts: Any = {"stack": stack_of(text, {}), "forms": partial(_in_form, text, {}), **changes}
    if "stack" in changes:
        parts["forms"] = None
    work = Workload(PICTURES, ORDINARY)
    return Report(**{"measured": changes.get("measured") or measured(), "work": work, **parts})
