"""The progress of executions, reported when it changes.

Polling moto is expensive: it takes 50 ms to serialize a history of forty events.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication

from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class End(NamedTuple):
    """How an execution has ended, and after how many seconds."""

    status: str
    error: str | None
    cause: str | None
    seconds: float


class Progress:
    """The states that executions have entered, and which of them have ended.

    Args:
        told: called with moto's execution when it has ended.
    """

    def __init__(self, told: Callable[[Any], None] = lambda _execution: None) -> None:
        self._told = told
        self._changed = threading.Condition()
        self._states: dict[str, list[str]] = defaultdict(list)
        self._ended: dict[str, End] = {}

    def states(self, arn: str) -> tuple[str, ...]:
        """The names of the states that an execution has entered so far, in that order."""
        with self._changed:
            return tuple(self._states[arn])

    def has_ended(self, arn: str) -> bool:
        """Whether an execution has ended."""
        with self._changed:
            return arn in self._ended

    def end(self, arn: str) -> End | None:
        """How an execution has ended; None while it runs."""
        with self._changed:
            return self._ended.get(arn)

    def await_end(self, arn: str, seconds: float) -> bool:
        """Wait for the end of an execution, for `seconds` at most; return whether it has ended."""
        with self._changed:
            return self._changed.wait_for(lambda: arn in self._ended, seconds)

    def await_more(self, arn: str, seen: int, seconds: float) -> None:
        """Wait until it has ended or entered more states than `seen`, for `seconds` at most."""
        with self._changed:
            self._changed.wait_for(
                lambda: arn in self._ended or len(self._states[arn]) > seen, seconds
            )

    def forget(self, arn: str) -> None:
        """Drop what is known about an execution that has ended."""
        with self._changed:
            self._states.pop(arn, None)
            self._ended.pop(arn, None)

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which executions report their progress."""
        enter, end = CommonStateField._eval_body, BaseExecutionWorkerCommunication.terminated
        with ExitStack() as patches:
            patches.enter_context(replaced(CommonStateField, "_eval_body", self._entering(enter)))
            patches.enter_context(
                replaced(BaseExecutionWorkerCommunication, "terminated", self._ending(end))
            )
            yield

    def _entering(self, genuine: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        def eval_body(state: Any, env: Any) -> None:
            execution = env.states.context_object.context_object_data["Execution"]
            with self._changed:
                self._states[execution["Id"]].append(state.name)
                self._changed.notify_all()
            genuine(state, env)

        return eval_body

    def _ending(self, genuine: Callable[[Any], None]) -> Callable[[Any], None]:
        def terminated(communication: Any) -> None:
            genuine(communication)  # from here on the execution shows how it ended
            execution = communication.execution
            self._told(execution)
            seconds = (execution.stop_date - execution.start_date).total_seconds()
            end = End(execution.status, execution.error, execution.cause, seconds)
            with self._changed:
                self._ended[execution.exec_arn] = end
                self._changed.notify_all()

        return terminated
