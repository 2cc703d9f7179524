"""Starts the executions of a rerun, each of them once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.events import RERUN, look_at
from image_pipeline.history import now
from local.uploads import printable
from ops.rerun.counts import ALREADY, BEFORE, FAILED, STARTED, WOULD, Counts
from ops.rerun.selection import execution_name, is_from_rerun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.rerun.pace import Pace, Patience

_ALREADY_EXISTS = "ExecutionAlreadyExists"
# These concern one execution. Anything else would fail for every one.
_OF_ONE = {"InvalidName", "InvalidExecutionInput"}
_TRIES = 9  # to follow the same attempt


@dataclass(frozen=True)
class Options:
    """How executions are started.

    Args:
        rate: executions per second.
        limit: the most that are started; None for all.
        again: also for records whose last attempt was a rerun.
        dry_run: start nothing.
    """

    rate: float
    limit: int | None = None
    again: bool = False
    dry_run: bool = False


@dataclass
class Starter:
    """Starts executions that judge records again.

    Args:
        stepfunctions: a client.
        machine: ARN of the state machine.
        bucket: the name of the uploads bucket.
        options: how to start them.
        pace: of starts.
        patience: with throttles.
        say: called with a line for each record.
    """

    stepfunctions: Any
    machine: str
    bucket: str
    options: Options
    pace: Pace
    patience: Patience
    say: Callable[[str], None]
    counts: Counts = field(default_factory=Counts)

    def start_all(self, records: Iterable[dict[str, Any]]) -> None:
        """Start an execution for each record, until the limit is reached."""
        limit = self.options.limit
        for record in records:
            outcome, remark = self._outcome(record)
            self.counts.add(record, outcome)
            self.say(f"{outcome:15}  {printable(record['key'])}  {_described(record)}{remark}")
            if limit is not None and self.counts.of(STARTED) + self.counts.of(WOULD) >= limit:
                return

    def _outcome(self, record: dict[str, Any]) -> tuple[str, str]:
        if is_from_rerun(record) and not self.options.again:
            return BEFORE, ""
        if self.options.dry_run:
            return WOULD, ""
        for number in range(1, _TRIES + 1):
            self.pace.spend()
            name = execution_name(record, number)
            try:
                self.patience(partial(self._start, name, record["key"]))
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in _OF_ONE:
                    return FAILED, f": {error}"
                if code != _ALREADY_EXISTS:
                    raise
                if not (self.options.again and self._was_in_vain(name)):
                    return ALREADY, ""
            else:
                return STARTED, ""
        return FAILED, f": {_TRIES} executions have ended without claiming it"

    def _start(self, name: str, key: str) -> None:
        event = look_at(self.bucket, key, RERUN, now())
        self.stepfunctions.start_execution(
            stateMachineArn=self.machine, name=name, input=json.dumps(event)
        )

    def _was_in_vain(self, name: str) -> bool:
        """Whether an execution has failed, and has not even written that to the record."""
        arn = f"{self.machine.replace(':stateMachine:', ':execution:')}:{name}"
        found = self.patience(
            lambda: self.stepfunctions.describe_execution(executionArn=arn)["status"]
        )
        return found not in {"RUNNING", "SUCCEEDED"}


def _described(record: dict[str, Any]) -> str:
    reason = f" ({record['reason']})" if "reason" in record else ""
    return f"{record['status']}{reason}"
