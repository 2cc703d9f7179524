"""Follows an execution of the state machine to its end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

# How long it takes at most to notice that the wait is to be stopped.
_SECONDS_BETWEEN_LOOKS = 0.1


class StoppedError(Exception):
    """The wait for the end of an execution was stopped."""


@dataclass(frozen=True)
class Execution:
    """The state of an execution; `states` by name, in the order in which they were entered."""

    arn: str
    status: str
    states: tuple[str, ...]
    error: str | None = None
    cause: str | None = None

    @property
    def explanation(self) -> str:
        """The reason why it failed, in one line; empty if it did not."""
        if self.error is None:
            return ""
        try:
            message = json.loads(self.cause or "")["errorMessage"]
        except (ValueError, KeyError, TypeError):
            message = self.cause or ""  # not written by a function
        return " ".join(f"{self.error}: {message}".split())


def look_at(aws: OfflineAws, arn: str) -> Execution:
    """Describe an execution as it is now; Step Functions describes none of Express."""
    end = aws.progress.end(arn)
    if end is None:
        return Execution(arn, "RUNNING", aws.progress.states(arn))
    return Execution(arn, end.status, aws.progress.states(arn), end.error, end.cause)


def follow(
    aws: OfflineAws,
    arn: str,
    entered: Callable[[str], None] | None = None,
    stopping: threading.Event | None = None,
) -> Execution:
    """Wait until an execution has ended.

    Args:
        aws: where it runs.
        arn: of the execution.
        entered: called with the name of each state when it is entered.
        stopping: set to stop waiting.

    Raises:
        StoppedError: `stopping` was set first.
    """
    told = 0
    while not aws.progress.has_ended(arn):
        if stopping and stopping.is_set():
            raise StoppedError(arn)
        aws.progress.await_more(arn, told, _SECONDS_BETWEEN_LOOKS)
        for state in aws.progress.states(arn)[told:]:
            told += 1
            if entered:
                entered(state)
    return look_at(aws, arn)
