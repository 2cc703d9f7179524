"""Starts the executions of a rerun, each of them once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.events import RERUN, look_at
from image_pipeline.records import now
from local.uploads import printable
from ops.rerun.counts import ALREADY, BEFORE, FAILED, STARTED, WOULD, Counts
from ops.rerun.selection import execution_name, is_from_rerun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.rerun.pace import Pace, Patience

_ALREADY_EXISTS = "ExecutionAlreadyExists"
# These concern one execution. Anything else would fail for every one.
_OF_ONE = {"InvalidName", "InvalidExecutionInput"}


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
            what = (
                f"{record['status']} ({record['reason']})"
                if "reason" in record
                else record["status"]
            )
            self.say(f"{outcome:15}  {printable(record['key'])}  {what}{remark}")
            if limit is not None and self.counts.of(STARTED) + self.counts.of(WOULD) >= limit:
                return

    def _outcome(self, record: dict[str, Any]) -> tuple[str, str]:
        if is_from_rerun(record) and not self.options.again:
            return BEFORE, ""
        if self.options.dry_run:
            return WOULD, ""
        self.pace.spend()
        event = look_at(self.bucket, record["key"], RERUN, now())
        try:
            self.patience(
                lambda: self.stepfunctions.start_execution(
                    stateMachineArn=self.machine,
                    name=execution_name(record),
                    input=json.dumps(event),
                )
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == _ALREADY_EXISTS:
                return ALREADY, ""
            if code not in _OF_ONE:
                raise
            return FAILED, f": {error}"
        return STARTED, ""
