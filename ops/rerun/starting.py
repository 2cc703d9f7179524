"""Starts the executions of a rerun, each of them once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.events import RERUN, look_at
from image_pipeline.history import now
from image_pipeline.workflow import AlreadyStartedError
from local.uploads import printable
from ops.rerun.counts import ALREADY, BEFORE, FAILED, STARTED, WOULD, Counts
from ops.rerun.selection import execution_name, is_from_rerun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from image_pipeline.workflow import Workflow
    from ops.pace import Pace, Patience

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
        workflow: what processes uploads.
        bucket: the name of the uploads bucket.
        options: how to start them.
        pace: of starts.
        patience: with throttles.
        say: called with a line for each record.
    """

    workflow: Workflow
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
                if error.response["Error"]["Code"] in _OF_ONE:
                    return FAILED, f": {error}"
                raise
            except AlreadyStartedError:
                if not (self.options.again and self._was_in_vain(name)):
                    return ALREADY, ""
            else:
                return STARTED, ""
        return FAILED, f": {_TRIES} executions have ended without claiming it"

    def _start(self, name: str, key: str) -> None:
        self.workflow.start(name, look_at(self.bucket, key, RERUN, now()))

    def _was_in_vain(self, name: str) -> bool:
        """Whether an execution has failed, and has not even written that to the record."""
        machine = self.workflow.state_machine_arn
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
        client = self.workflow.stepfunctions()
        found = self.patience(lambda: client.describe_execution(executionArn=arn)["status"])
        return found not in {"RUNNING", "SUCCEEDED"}


def _described(record: dict[str, Any]) -> str:
    reason = f" ({record['reason']})" if "reason" in record else ""
    return f"{record['status']}{reason}"
