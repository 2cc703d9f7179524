"""What Step Functions says about executions: which run now, and how one has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from image_pipeline import aws, settling
from sweep.listing import time_of
from sweep.pacing import Pacer, patiently

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sweep.pacing import Time

NAME_PREFIX = "sweep-"
_NAMED_AFTER_IMAGES = (NAME_PREFIX, settling.NAME_PREFIX)
_ENDING = "/ending"
_PAGE = 1000
_GOING_ON = {"RUNNING", "PENDING_REDRIVE"}
_UNKNOWN = {"ExecutionDoesNotExist", "InvalidArn"}


class State(StrEnum):
    """How an execution is doing."""

    RUNNING = "running"
    TIMED_OUT = "timed_out"
    ENDED = "ended"


@dataclass(frozen=True)
class Running:
    """The executions that run: their names and the times of their start.

    `at` is the time of the list by the clock of Step Functions, as the starts are. `queued` are
    the messages that no execution has been started for yet, whichever images they are for.
    """

    started: dict[str, datetime] = field(default_factory=dict)
    at: datetime | None = None
    queued: int = 0

    def is_older(self, start: datetime, age: timedelta) -> bool:
        """Return whether an execution has run for some time; answers tell theirs in seconds."""
        return self.at is not None and self.at - start.replace(microsecond=0) >= age

    @property
    def number(self) -> int:
        """How many there are, with those that will be started."""
        return len(self.started) + self.queued

    def may_be_for(self, image_id: str) -> bool:
        """Return whether the sweep or the API may have started one for an image."""
        return self.queued > 0 or image_id in self.images

    @property
    def images(self) -> frozenset[str]:
        """The ids of images for which the sweep or the API started an execution that still runs."""
        return frozenset(
            name.split("-")[1] for name in self.started if name.startswith(_NAMED_AFTER_IMAGES)
        )


class Executions(Protocol):
    """What is known about executions."""

    def running(self) -> Running:
        """List the executions that run now."""

    def state(self, holder: str, claimed_at: str) -> State:
        """Tell how the execution is doing that holds a record since a time in ISO 8601."""

    def input_of(self, name: str) -> str:
        """Return the input of an execution as JSON; "{}" if it is not known."""


class ListedExecutions:
    """The executions of one state machine of the type Standard, which Step Functions lists.

    Args:
        state_machine_arn: of the state machine.
        time: after which no further page is asked for.
    """

    def __init__(self, state_machine_arn: str, time: Time) -> None:
        self._machine = state_machine_arn
        self._prefix = state_machine_arn.replace(":stateMachine:", ":execution:") + ":"
        self._time = time
        # Below the quotas of small regions, 250 at once and 10 a second (DescribeExecution), 100
        # at once and 2 a second (ListExecutions), which people and tools share:
        # docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        self._describing = Pacer(per_second=8, burst=150)
        self._listing = Pacer(per_second=1, burst=50)

    def running(self) -> Running:
        """List the executions that run now."""
        started: dict[str, datetime] = {}
        at, token = None, None
        while not self._time.is_up:
            page = self._page(token)
            at = at or time_of(page)
            started |= {each["name"]: each["startDate"] for each in page["executions"]}
            token = page.get("nextToken")
            if not token:
                break
        return Running(started, at)

    def _page(self, token: str | None) -> Any:
        self._listing.wait()
        given: Any = {"nextToken": token} if token else {}
        return patiently(
            lambda: aws.stepfunctions().list_executions(
                stateMachineArn=self._machine, statusFilter="RUNNING", maxResults=_PAGE, **given
            )
        )

    def state(self, holder: str, claimed_at: str) -> State:  # noqa: ARG002 - it can be asked
        """Ask how the execution is doing that holds a record.

        One that Step Functions does not know has ended: it keeps executions for 90 days. So has one
        of another state machine, whose stack is gone if this stack has its table.
        """
        found = self._describe(holder)
        if found is None:
            return State.ENDED
        if found["status"] in _GOING_ON:
            return State.RUNNING
        return State.TIMED_OUT if found["status"] == "TIMED_OUT" else State.ENDED

    def input_of(self, name: str) -> str:
        """Return the input of an execution as JSON; "{}" if it is not known."""
        found = self._describe(self._prefix + name) or {}
        return str(found.get("input", "{}"))

    def _describe(self, holder: str) -> Any:
        arn = holder.removesuffix(_ENDING)
        if not arn.startswith(self._prefix):
            return None
        self._describing.wait()
        try:
            return patiently(lambda: aws.stepfunctions().describe_execution(executionArn=arn))
        except ClientError as error:
            if error.response["Error"]["Code"] not in _UNKNOWN:
                raise
            return None


def name_of(holder: str) -> str:
    """Return the name of the execution that holds a record."""
    return holder.removesuffix(_ENDING).rpartition(":")[2]
