"""The options of `python -m ops dashboard`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from ops.quantities import count, parse_time

HELP = "draw the dashboard of a stack as a picture"
DESCRIPTION = (
    "Draws the dashboard of a stack from its metrics into a file, as the console shows it: for a "
    "report, or for a stack that make serve runs. It changes nothing, and needs "
    "cloudwatch:GetDashboard and cloudwatch:GetMetricData, at $0.01 for a thousand metrics."
)


def add_dashboard(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("dashboard.png"),
        metavar="FILE",
        help="its ending decides the format (default: %(default)s)",
    )
    when = "2026-11-27T10:30Z, or 90m, 6h, 2d ago (default: as long as the dashboard shows)"
    parser.add_argument("--since", type=_past, metavar="TIME", help=f"from {when}")
    parser.add_argument(
        "--period",
        type=_period,
        metavar="SECONDS",
        help="of the points, 60 or a multiple (default: those of the dashboard)",
    )


def _past(text: str) -> datetime:
    """Parse a time before now."""
    time = parse_time(text)
    if time >= datetime.now(UTC):
        message = f"{text!r} is not in the past"
        raise argparse.ArgumentTypeError(message)
    return time


def _period(text: str) -> int:
    """Parse a period that CloudWatch has metrics for."""
    seconds = count(text)
    if seconds % 60:
        message = f"{text!r} is not a multiple of 60"
        raise argparse.ArgumentTypeError(message)
    return seconds
