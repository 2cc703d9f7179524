"""Runs the smoke test, cleans up whatever happens, and prints the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.aws import Stack
from ops.smoke.cleanup import report
from ops.smoke.report import print_tables
from ops.smoke.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws import Aws


def smoke(
    aws: Aws, stack_name: str, api_url: str | None, seconds: float, say: Callable[[str], None]
) -> int:
    """Send five pictures through a stack, and remove everything again.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        api_url: where the HTTP API is; None for the output of the stack.
        seconds: to wait for each outcome.
        say: called with each line to print.

    Returns:
        The number of things that are wrong or left behind.
    """
    stack = Stack.find(aws, stack_name)
    trial = Trial(aws, stack, api_url or stack.output("ApiUrl"), seconds, say)
    say(f"smoke test of {stack.name} in {stack.region}, below {trial.prefix}")
    try:
        trial.run()
    finally:
        say("cleaning up …")
        trial.cleanup.run()
        report(trial.cleanup, say)
    print_tables(trial.rows)
    wrong = sum(len(row.problems) for row in trial.rows) + len(trial.cleanup.left)
    say(f"wrong: {wrong}, listed above" if wrong else "all is well")
    return wrong
