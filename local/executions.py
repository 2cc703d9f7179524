"""Following an execution of the state machine from the outside, as Step Functions describes it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN_LOOKS = 0.05


class StoppedError(Exception):
    """Nobody wants to know any more how an execution ends."""


@dataclass(frozen=True)
class Execution:
    """How far an execution is: `states` by name in the order in which they were entered."""

    arn: str
    status: str
    states: tuple[str, ...]
    error: str | None = None
    cause: str | None = None

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.status == "RUNNING"

    @property
    def explanation(self) -> str:
        """Why it failed, in one line; empty if it did not."""
        if self.error is None:
            return ""
        try:
            message = json.loads(self.cause or "")["errorMessage"]
        except (ValueError, KeyError, TypeError):
            message = self.cause or ""  # a cause that no function wrote
        return " ".join(f"{self.error}: {message}".split())


def look_at(client: Any, arn: str) -> Execution:
    """The execution as it is now.

    Args:
        client: of Step Functions.
        arn: of the execution.
    """
    described = client.describe_execution(executionArn=arn)
    history = client.get_execution_history(executionArn=arn)["events"]
    return Execution(
        arn=arn,
        status=described["status"],
        states=tuple(
            event["stateEnteredEventDetails"]["name"]
            for event in history
            if "stateEnteredEventDetails" in event
        ),
        error=described.get("error"),
        cause=described.get("cause"),
    )


def follow(
    client: Any,
    arn: str,
    entered: Callable[[str], None] | None = None,
    stopping: threading.Event | None = None,
) -> Execution:
    """Wait until an execution has ended.

    Args:
        client: of Step Functions.
        arn: of the execution.
        entered: called with the name of each state, soon after it was entered.
        stopping: once set, the wait is over.

    Raises:
        StoppedError: `stopping` was set first.
    """
    seen, stopping = 0, stopping or threading.Event()
    while client.describe_execution(executionArn=arn)["status"] == "RUNNING":
        if entered:  # otherwise nobody needs the history, which costs more than the status
            states = look_at(client, arn).states
            for state in states[seen:]:
                entered(state)
            seen = len(states)
        if stopping.wait(_SECONDS_BETWEEN_LOOKS):
            raise StoppedError(arn)
    return look_at(client, arn)
