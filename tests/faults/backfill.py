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
from image_pipeline.history import HISTORY
from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.calls import BACKFILL, STATE_MACHINE, intercepted
    from ops.cli import main
    from tests.faults.in_express import is_express
    from tests.faults.kinds import KINDS
    from tests.faults.uploads import opened
    from tests.support.pictures import file_of, gradient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.faults.kinds import Kind

_PATIENCE = 7200.0
_OUTCOMES = ("approved", "review", "rejected")
_STARTS = {"StartExecution", "StartSyncExecution"}
# Not those that no retry mends, and not those that need the offline AWS to end first.
_KINDS = [KINDS[name] for name in KINDS if name not in {"access denied", "takes effect late"}]


@dataclass
class Outcome:
    """What became of a backfill.

    Args:
        statuses: how many records have each status.
        outcomes: how many the history of each image has, by its key, those of failures apart.
        report: how many images the report gives each state.
        answers: how often Rekognition has answered about each image, by its key.
        faults: how many calls failed, by how.
        started: executions of the pipeline, by run of the backfill.
        seconds: that all runs took.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    report: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
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
        tell: called with the number of executions of the pipeline that have been started.
    """

    def __init__(
        self,
        aws: OfflineAws,
        pictures: int,
        rate: float,
        seed: int = 1,
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._aws, self._pictures, self._rate, self._tell = aws, pictures, rate, tell
        self._random = random.Random(seed)
        self._lock, self._started = threading.Lock(), 0
        self.prefix = f"uploads/backfill-{pictures}/"
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Plant the pictures, start, pause halfway, resume, and resume what has failed."""
        for number in range(self._pictures):
            key, version = f"{self.prefix}{number:06}.jpg", f"version-{number}"
            self._aws.place(key, version, numbered(number), "image/jpeg")
        began = time.monotonic()
        options = ("--prefix", self.prefix, "--concurrency", "10", "--tolerate", "20")
        halfway = threading.Event()
        with self._failing(halfway):
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
    def _failing(self, halfway: threading.Event) -> Iterator[None]:
        """Context manager in which calls fail at random; sets an event halfway."""

        def around(call: Call, perform: Callable[[], Any]) -> Any:
            kind = self._fault(call)
            answer = kind.happen(call, perform) if kind else perform()
            with self._lock:
                if call.operation == "DetectModerationLabels":
                    self.outcome.answers[call.parameters["Image"]["S3Object"]["Name"]] += 1
                elif call.caller == BACKFILL and call.operation in _STARTS:
                    self._started += 1
                    self._tell(self._started)
                    if self._started == self._pictures // 2:
                        halfway.set()
            return answer

        with intercepted(self._aws.deployment, around):
            yield

    def _fault(self, call: Call) -> Kind | None:
        """Choose whether a call fails, and how."""
        with self._lock:
            fails = self._random.random() < self._rate
            kind = self._random.choice(_KINDS)
            if not fails or call.presigned or not kind.possible(call.caller, call.operation):
                return None
            self.outcome.faults[kind.name] += 1
            return kind

    def _await_all(self) -> None:
        """Wait for the end of every execution."""
        arns = [each["executionArn"] for each in self._executions(BACKFILL)]
        for arn in arns:
            assert self._aws.progress.await_end(arn, _PATIENCE)
        pipelines = self._of_pictures()  # of images that were in work when it was paused, too
        for arn in pipelines:
            assert self._aws.progress.await_end(arn, _PATIENCE)
        self.outcome.started.append(len(pipelines))

    def _executions(self, machine: str) -> list[dict[str, Any]]:
        pages = self._aws.client("stepfunctions").get_paginator("list_executions")
        arn = self._aws.deployment.ref(machine)
        return [each for page in pages.paginate(stateMachineArn=arn) for each in page["executions"]]

    def _of_pictures(self) -> list[str]:
        """Return the ARNs of the executions of the pipeline that the backfill has started."""
        if is_express(self._aws):
            started = self._aws.delivery.started
            return [each.arn for each in list(started) if each.key.startswith(self.prefix)]
        return [
            each["executionArn"]
            for each in self._executions(STATE_MACHINE)
            if each["name"].startswith("backfill-")
        ]

    def _look(self) -> None:
        """Read records, executions and the report."""
        pages = self._aws.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self._aws.deployment.ref("ImagesTable")):
            for item in page["Items"]:
                record = decode_item(item)
                if str(record.get("key", "")).startswith(self.prefix):
                    self.outcome.statuses[record["status"]] += 1
                    told = Counter(each["type"] for each in record[HISTORY])
                    self.outcome.outcomes[record["key"]] = sum(told[each] for each in _OUTCOMES)
        lines = self.ops("report", "--format", "csv").splitlines()[1:]
        self.outcome.report.update(line.split(",")[1] for line in lines)


def numbered(number: int) -> bytes:
    """Make a small JPEG that shows its number in white and black squares."""
    picture = gradient((100, 90))
    for bit in range(20):
        left, top = bit % 10 * 8, bit // 10 * 8
        shade = "white" if number >> bit & 1 else "black"
        picture.paste(shade, (left, top, left + 8, top + 8))
    return file_of(picture)


def command() -> None:
    """Run one, and print what became of it."""
    arguments = argparse.ArgumentParser(prog="python -m tests.faults.backfill")
    arguments.add_argument("--pictures", type=int, default=1000, help="default: %(default)s")
    arguments.add_argument("--rate", type=float, default=0.005, help="share of calls that fail")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--workflow", choices=["STANDARD", "EXPRESS"], default="STANDARD")
    given = arguments.parse_args()
    with opened(workflow=given.workflow) as aws:
        outcome = Backfill(aws, given.pictures, given.rate, given.seed, _progress()).run()
    repeated = sum(count - 1 for count in outcome.outcomes.values())
    asked_again = sum(count - 1 for count in outcome.answers.values())
    sys.stdout.write(
        f"{outcome.faults.total():,} calls failed: {dict(outcome.faults)}\n"
        f"executions of the pipeline after each run: {outcome.started}\n"
        f"records: {dict(outcome.statuses)}; {repeated} outcomes repeated\n"
        f"answers of Rekognition: {outcome.answers.total():,}; {asked_again} of them repeated\n"
        f"by the report: {dict(outcome.report)}; {outcome.seconds:,.0f} s\n"
    )


def _progress() -> Callable[[int], None]:
    """Return a function that prints every hundredth number that it is given, with the time."""
    began = time.monotonic()

    def tell(number: int) -> None:
        if number % 100 == 0:
            sys.stderr.write(f"{number:,} started after {time.monotonic() - began:,.0f} s\n")

    return tell


if __name__ == "__main__":
    command()
