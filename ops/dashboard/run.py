"""Draws the dashboard of a stack into a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.errors import UsageError
from ops.aws import Stack
from ops.dashboard.body import widgets
from ops.dashboard.drawing import picture
from ops.dashboard.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.aws import Aws


def draw(
    aws: Aws,
    stack_name: str,
    since: datetime | None,
    period: int | None,
    output: Path,
    say: Callable[[str], None],
) -> int:
    """Draw the dashboard of a stack.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        since: when the graphs begin; None for as long as the dashboard shows.
        period: of the points in seconds; None for those of the dashboard.
        output: the file; its ending decides the format.
        say: called with each line.

    Returns:
        0.

    Raises:
        UsageError: there is no such stack, or the file cannot be written.
    """
    stack = Stack.find(aws, stack_name)
    client = aws.client("cloudwatch")
    name = stack.resource("Dashboard")
    found = widgets(client.get_dashboard(DashboardName=name)["DashboardBody"])
    graphs = [read(client, each, since, period) for each in found]
    now = datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC")
    try:
        picture(f"{name}, {now}", graphs).save(output)
    except (OSError, ValueError) as error:
        message = f"{output} cannot be written: {error}"
        raise UsageError(message) from error
    shown = sum(any(line.points for line in each.lines) for each in graphs)
    say(f"{output}: {len(graphs)} graphs, {shown} of them with data")
    return 0
