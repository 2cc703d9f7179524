"""A backfill of many pictures while calls fail, paused and resumed.

python -m tests.faults.backfill --pictures 10000
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from image_pipeline.attribute_values import decode_item
from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.calls import BACKFILL, STATE_MACHINE, intercepted
    from ops.cli import main
    from tests.faults.kinds import KINDS
    from tests.faults.uploads import jpeg, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

_PATIENCE = 7200.0
# Not those that no retry mends, and not those that need the offline AWS to end first.
_KINDS = [KINDS[name] for name in KINDS if name not in {"access denied", "takes effect late"}]


@dataclass
class Outcome:
    """What became of a backfill.

    Args:
        statuses: how many records have each status.
        successes: how many executions of the pipeline have succeeded, for each image.
        done: how many images the report says are done.
        faults: how many calls failed, by how.
        started: executions of the pipeline, by run of the backfill.
        seconds: that all runs took.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    successes: Counter[str] = field(default_factory=Counter)
    done: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    started: list[int] = field(default_factory=list)
    seconds: float = 0.0


class Backfill:
    """Pictures that are in the bucket and have no record yet, and a backfill of them.

    Args:
        aws: the offline AWS.
        pictures: how many.
        rate: the share of calls that fail.
        seed: of the faults.
    """

    def __init__(self, aws: OfflineAws, pictures: int, rate: float, seed: int = 1) -> None:
        self._aws, self._pictures, self._rate = aws, pictures, rate
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.prefix = f"uploads/backfill-{pictures}/"
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Plant the pictures, start, pause halfway, resume, and resume what has failed."""
        data, began = jpeg(), time.monotonic()
        for number in range(self._pictures):
            version = f"version-{number}"
            self._aws.place(f"{self.prefix}{number:06}.jpg", version, data, "image/jpeg")
        options = ("--prefix", self.prefix, "--concurrency", "10", "--tolerate", "20")
        with self._failing():
            halfway = threading.Event()
            with self._counting(self._pictures // 2, halfway):
                self.ops("start", *options)
                assert halfway.wait(_PATIENCE)
                self.ops("pause")
            self._await_all()
            self.ops("resume")
            self._await_all()
        for _ in range(2):  # what failed in spite of all retries
            self.ops("resume")
            self._await_all()
        self.outcome.seconds = time.monotonic() - began
        self._look()
        return self.outcome

    def ops(self, *arguments: str) -> str:
        """Run a command, and return what it prints."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            code = main(["backfill", *arguments])
        assert code == 0, printed.getvalue()
        return printed.getvalue()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Context manager in which calls fail at random."""

        def around(call: Call, perform: Callable[[], Any]) -> Any:
            with self._lock:
                fails = self._random.random() < self._rate
                kind = self._random.choice(_KINDS)
                fails = fails and not call.presigned
                fails = fails and kind.possible(call.caller, call.operation)
                self.outcome.faults[kind.name] += fails
            return kind.happen(call, perform) if fails else perform()

        with intercepted(self._aws.deployment, around):
            yield

    @contextmanager
    def _counting(self, number: int, reached: threading.Event) -> Iterator[None]:
        """Context manager that tells when a number of executions have been started."""
        started = [0]

        def around(call: Call, perform: Callable[[], Any]) -> Any:
            answer = perform()
            if (call.caller, call.operation) == (BACKFILL, "StartExecution"):
                with self._lock:
                    started[0] += 1
                if started[0] >= number:
                    reached.set()
            return answer

        with intercepted(self._aws.deployment, around):
            yield

    def _await_all(self) -> None:
        """Wait for the end of every execution."""
        for machine in (BACKFILL, STATE_MACHINE):
            for each in self._executions(machine):
                assert self._aws.progress.await_end(each["executionArn"], _PATIENCE)
        self.outcome.started.append(len(self._of_pictures()))

    def _executions(self, machine: str) -> list[dict[str, Any]]:
        pages = self._aws.client("stepfunctions").get_paginator("list_executions")
        arn = self._aws.deployment.ref(machine)
        return [each for page in pages.paginate(stateMachineArn=arn) for each in page["executions"]]

    def _of_pictures(self) -> list[dict[str, Any]]:
        return [
            each for each in self._executions(STATE_MACHINE) if each["name"].startswith("backfill-")
        ]

    def _look(self) -> None:
        """Read records, executions and the report."""
        pages = self._aws.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self._aws.deployment.ref("ImagesTable")):
            for item in page["Items"]:
                record = decode_item(item)
                if str(record.get("key", "")).startswith(self.prefix):
                    self.outcome.statuses[record["status"]] += 1
        for each in self._of_pictures():
            if each["status"] == "SUCCEEDED":
                self.outcome.successes[each["name"].split("-")[1]] += 1
        lines = self.ops("report", "--format", "csv").splitlines()[1:]
        self.outcome.done = sum(line.split(",")[1] == "done" for line in lines)


def command() -> None:
    """Run one, and print what became of it."""
    arguments = argparse.ArgumentParser(prog="python -m tests.faults.backfill")
    arguments.add_argument("--pictures", type=int, default=1000, help="default: %(default)s")
    arguments.add_argument("--rate", type=float, default=0.005, help="share of calls that fail")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    with opened() as aws:
        silent = io.StringIO()
        with redirect_stdout(silent):
            outcome = Backfill(aws, given.pictures, given.rate, given.seed).run()
    repeated = sum(count - 1 for count in outcome.successes.values())
    sys.stdout.write(
        f"{outcome.faults.total():,} calls failed: {dict(outcome.faults)}\n"
        f"executions of the pipeline after each run: {outcome.started}\n"
        f"records: {dict(outcome.statuses)}; {repeated} outcomes repeated\n"
        f"done by the report: {outcome.done:,}; {outcome.seconds:,.0f} s\n"
    )


if __name__ == "__main__":
    command()
