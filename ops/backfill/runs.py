"""The executions of a backfill: one for its start, one more for each time it is resumed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.errors import UsageError
from ops.aws import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.aws import Aws

_NAME = re.compile(r"(?P<backfill>.+?)-run(?P<number>[0-9]+)")


@dataclass(frozen=True)
class Run:
    """One execution of a backfill."""

    backfill: str
    number: int
    arn: str
    status: str


@dataclass(frozen=True)
class Backfills:
    """The backfills of a stack.

    Args:
        aws: the caller's account.
        stack: that holds the state machine.
    """

    aws: Aws
    stack: Stack

    @classmethod
    def of(cls, aws: Aws, name: str) -> Backfills:
        """Find those of a stack.

        Raises:
            UsageError: there is no such stack.
        """
        return cls(aws, Stack.find(aws, name))

    @property
    def bucket(self) -> str:
        """The bucket of the results."""
        return self.stack.output("RenditionsBucketName")

    @property
    def machine(self) -> str:
        """The ARN of the state machine."""
        return self.stack.resource("BackfillStateMachine")

    @property
    def stepfunctions(self) -> Any:
        """Make a client of Step Functions."""
        return self.aws.client("stepfunctions")

    def runs(self, backfill: str | None) -> list[Run]:
        """Return the runs of a backfill, the newest first; None for the newest backfill.

        Raises:
            UsageError: there is no such backfill.
        """
        found = list(self._all())
        name = backfill or (found[0].backfill if found else None)
        runs = [run for run in found if run.backfill == name]
        if not runs:
            message = (
                f"there is no backfill {name} of the stack {self.stack.name} in the last 90 days"
                if name
                else f"the stack {self.stack.name} has no backfill: begin one with "
                "`ops backfill start`"
            )
            raise UsageError(message)
        return sorted(runs, key=lambda run: -run.number)

    def running(self) -> Run | None:
        """Return the run that is at work, if one is."""
        return next((run for run in self._all() if run.status == "RUNNING"), None)

    def _all(self) -> Iterator[Run]:
        pages = self.stepfunctions.get_paginator("list_executions")
        for page in pages.paginate(stateMachineArn=self.machine):
            for each in page["executions"]:
                if named := _NAME.fullmatch(each["name"]):
                    yield Run(
                        named["backfill"],
                        int(named["number"]),
                        each["executionArn"],
                        each["status"],
                    )

    def begin(self, backfill: str, number: int, given: dict[str, Any]) -> str:
        """Start a run, and return its ARN."""
        started = self.stepfunctions.start_execution(
            stateMachineArn=self.machine, name=f"{backfill}-run{number}", input=json.dumps(given)
        )
        return str(started["executionArn"])

    def given(self, run: Run) -> dict[str, Any]:
        """Return what a run was started with."""
        described = self.stepfunctions.describe_execution(executionArn=run.arn)
        found: dict[str, Any] = json.loads(described["input"])
        return found
