"""Thousands of uploads at once, against services that let through only so many a second.

`python -m tests.faults.burst --pictures 2000` prints what became of them, as a table and as JSON,
and fails if one was lost. The template, the workflow and the functions are the real ones; the time
that they wait is virtual.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import statistics
import sys
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from botocore import endpoint
    from botocore.exceptions import ClientError
    from moto.core.exceptions import JsonRESTError
    from moto.rekognition.responses import RekognitionResponse
    from moto.sns.models import sns_backends

    from image_pipeline.attribute_values import decode
    from local.aws.environment import ACCOUNT, REGION
    from local.aws.in_process import InProcess
    from local.aws.moto_patches import replaced
    from local.aws.offline import OfflineAws
    from local.aws.rules import Delivery
    from tests.faults.uploads import jpeg
    from tests.faults.virtual_time import Clock, TokenBucket, executions_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# aws.amazon.com/step-functions/pricing and aws.amazon.com/lambda/pricing (arm64), us-east-1.
_DOLLARS_PER_TRANSITION = 0.025 / 1000
_DOLLARS_PER_GB_SECOND = 0.0000133334
# What an invocation takes by the virtual clock, besides waiting; see docs/performance.md.
_SECONDS_OF_WORK = 0.3
# EventBridge does not say how long it waits between attempts, but that it makes 185 in 24 hours.
_LONGEST_DELIVERY_PAUSE = 480.0
_PREFIX = "uploads/burst/"
_REKOGNITION: Any = RekognitionResponse  # whose answer is the offline AWS's own


@dataclass(frozen=True)
class Limits:
    """What is let through: calls a second, and for starting executions so many at once."""

    rekognition: float = 50
    starts: float = 150
    starts_at_once: float = 100


@dataclass
class Seen:
    """What was counted on the way, each with its time or its picture."""

    starts: list[tuple[float, bool]] = field(default_factory=list)
    detections: list[tuple[float, bool]] = field(default_factory=list)
    moderations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    waited: float = 0.0
    ended: float = 0.0


@dataclass(frozen=True)
class Spread:
    """Of a number for each picture."""

    median: float
    p95: float
    most: float
    total: float

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread:
        """Of at least one number."""
        ordered = sorted(numbers)
        p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return cls(statistics.median(ordered), p95, ordered[-1], sum(ordered))


@dataclass(frozen=True)
class Report:
    """What became of a burst; times are virtual seconds."""

    pictures: int
    limits: Limits
    statuses: dict[str, int]
    lost: list[str]
    seconds_to_the_last: float
    start_attempts: Spread
    moderation_attempts: Spread
    rekognition_calls: Spread
    rekognition_throttled: int
    rekognition_by_ten_seconds: list[tuple[int, int, int]]
    state_transitions: Spread
    dollars_for_transitions: float
    seconds_in_waiting_functions: float
    dollars_for_waiting_functions: float


def burst(aws: OfflineAws, pictures: int, limits: Limits) -> Report:
    """Upload so many pictures at once and wait for them all."""
    clock, seen = Clock(), Seen()
    data = jpeg()
    _put(aws, "uploads/first", data)  # so that every function has been imported
    _wait_for_all(aws)
    with _throttled(aws, clock, limits, seen):
        uploads = [
            threading.Thread(target=_upload, args=(aws, clock, f"{_PREFIX}{number}", data))
            for number in range(pictures)
        ]
        clock.enter(pictures)
        for upload in uploads:
            upload.start()
        for upload in uploads:
            upload.join()
        _wait_for_all(aws)
    return _report(aws, pictures, limits, seen)


def _put(aws: OfflineAws, key: str, data: bytes) -> None:
    aws.client("s3").put_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=key, Body=data)


def _upload(aws: OfflineAws, clock: Clock, key: str, data: bytes) -> None:
    try:
        _put(aws, key, data)
    finally:
        clock.leave()


def _wait_for_all(aws: OfflineAws) -> None:
    client = aws.client("stepfunctions")
    pause = threading.Event()
    for started in list(aws.delivery.started):
        while client.describe_execution(executionArn=started.arn)["status"] == "RUNNING":
            pause.wait(0.05)


@contextmanager
def _throttled(aws: OfflineAws, clock: Clock, limits: Limits, seen: Seen) -> Iterator[None]:
    """While it is open, everything waits by the clock, and the two services throttle."""
    # Rekognition has no burst beyond a second's worth.
    rekognition = TokenBucket(clock, limits.rekognition, limits.rekognition)
    starts = TokenBucket(clock, limits.starts_at_once, limits.starts)
    running = _Running(clock, seen)
    with ExitStack() as patches:
        patches.enter_context(executions_by(clock))
        for owner, name, replacement in (
            (endpoint, "time", running),  # where botocore sleeps between its own attempts
            (InProcess, "invoke", running.invoking(InProcess.invoke)),
            (Delivery, "_attempt", _starting(Delivery._attempt, clock, starts, seen)),
            (
                _REKOGNITION,
                "detect_moderation_labels",
                running.detecting(_REKOGNITION.detect_moderation_labels, rekognition),
            ),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        yield


class _Running:
    """Functions: one computes at a time, but while it waits another one may."""

    def __init__(self, clock: Clock, seen: Seen) -> None:
        self._clock, self._seen = clock, seen
        self._own = threading.local()

    def invoking(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def invoke(invoker: Any, name: str, payload: str) -> Any:
            self._own.lock, self._own.key = invoker._lock, _key(json.loads(payload))
            if "ModerateFunction" in name:
                self._seen.moderations[self._own.key] += 1
            try:
                answer = genuine(invoker, name, payload)
            finally:
                self._own.lock = None
            self._clock.sleep(_SECONDS_OF_WORK)
            self._seen.ended = max(self._seen.ended, self._clock.now)
            return answer

        return invoke

    def sleep(self, seconds: float) -> None:
        """As botocore does it, in a function or outside of one."""
        lock = getattr(self._own, "lock", None)
        if lock:
            self._seen.waited += seconds
            lock.release()
        self._clock.sleep(seconds)
        if lock:
            lock.acquire()

    def detecting(self, genuine: Callable[[Any], str], bucket: TokenBucket) -> Callable[[Any], str]:
        def detect_moderation_labels(response: Any) -> str:
            self._seen.calls[self._own.key] += 1
            let_through = bucket.take()
            self._seen.detections.append((self._clock.now, let_through))
            if not let_through:
                raise JsonRESTError("ThrottlingException", "Rate exceeded")
            return genuine(response)

        return detect_moderation_labels


def _starting(
    genuine: Callable[..., Any], clock: Clock, bucket: TokenBucket, seen: Seen
) -> Callable[..., Any]:
    """EventBridge's delivery, with the pauses that it makes between attempts."""

    def attempt(delivery: Any, arn: str, event: Any) -> Any:
        key = event["detail"]["object"]["key"]
        if seen.attempts[key]:
            longest = min(_LONGEST_DELIVERY_PAUSE, 2.0 ** (seen.attempts[key] - 1))
            clock.sleep(random.uniform(0, longest))
        seen.attempts[key] += 1
        let_through = bucket.take()
        seen.starts.append((clock.now, let_through))
        if let_through:
            return genuine(delivery, arn, event)
        code = "ThrottlingException"
        return ClientError({"Error": {"Code": code, "Message": ""}}, "StartExecution")

    return attempt


def _key(payload: Any) -> str:
    if "event" in payload:
        return str(payload["event"]["detail"]["object"]["key"])
    return str(payload["image"]["upload"]["object"]["key"])


def _report(aws: OfflineAws, pictures: int, limits: Limits, seen: Seen) -> Report:
    keys = [f"{_PREFIX}{number}" for number in range(pictures)]
    records = _records(aws)
    statuses = Counter(
        " ".join(filter(None, (record.get("status"), record.get("reason"))))
        for record in (records.get(key, {"status": "no record"}) for key in keys)
    )
    memory = aws.deployment.functions["ModerateFunction"].memory / 1024
    transitions = Spread.of(_transitions(aws))
    return Report(
        pictures=pictures,
        limits=limits,
        statuses=dict(statuses),
        lost=_lost(aws, keys, records),
        seconds_to_the_last=round(seen.ended, 1),
        start_attempts=Spread.of([seen.attempts[key] for key in keys]),
        moderation_attempts=Spread.of([seen.moderations[key] for key in keys]),
        rekognition_calls=Spread.of([seen.calls[key] for key in keys]),
        rekognition_throttled=sum(not let_through for _, let_through in seen.detections),
        rekognition_by_ten_seconds=_by_ten_seconds(seen.detections),
        state_transitions=transitions,
        dollars_for_transitions=round(transitions.total * _DOLLARS_PER_TRANSITION, 2),
        seconds_in_waiting_functions=round(seen.waited, 1),
        dollars_for_waiting_functions=round(seen.waited * memory * _DOLLARS_PER_GB_SECOND, 4),
    )


def _records(aws: OfflineAws) -> dict[str, Any]:
    pages = aws.client("dynamodb").get_paginator("scan")
    found = [
        decode({"M": item})
        for page in pages.paginate(TableName=aws.deployment.ref("ImagesTable"))
        for item in page["Items"]
    ]
    return {record["key"]: record for record in found}


def _lost(aws: OfflineAws, keys: list[str], records: dict[str, Any]) -> list[str]:
    """What has no outcome, not all of its renditions, or not exactly one message."""
    pages = aws.client("s3").get_paginator("list_objects_v2")
    bucket = aws.deployment.ref("RenditionsBucket")
    kept = {
        item["Key"] for page in pages.paginate(Bucket=bucket) for item in page.get("Contents", [])
    }
    topic = sns_backends[ACCOUNT][REGION].topics[aws.deployment.ref("OutcomesTopic")]
    told = Counter(json.loads(sent[1])["key"] for sent in topic.sent_notifications)
    found = []
    for key in keys:
        record = records.get(key, {})
        named = {rendition["key"] for rendition in record.get("renditions", [])}
        well = record.get("status") in {"approved", "review"} and told[key] == 1
        if not (well and named and named <= kept):
            found.append(key)
    return found


def _transitions(aws: OfflineAws) -> list[float]:
    """Of each execution: the states that it entered, and every retry."""
    client = aws.client("stepfunctions")
    counts = []
    for started in aws.delivery.started:
        if not started.key.startswith(_PREFIX):
            continue
        events = Counter(
            event["type"]
            for event in client.get_execution_history(executionArn=started.arn)["events"]
        )
        entered = sum(number for kind, number in events.items() if kind.endswith("StateEntered"))
        retries = events["TaskScheduled"] - events["TaskStateEntered"]
        counts.append(float(entered + retries))
    return counts


def _by_ten_seconds(calls: list[tuple[float, bool]]) -> list[tuple[int, int, int]]:
    """From when, how many calls were let through, and how many were throttled."""
    answered, throttled = Counter[int](), Counter[int]()
    for when, let_through in calls:
        (answered if let_through else throttled)[int(when // 10) * 10] += 1
    return [(when, answered[when], throttled[when]) for when in sorted({*answered, *throttled})]


def table(report: Report) -> str:
    """The report for people."""
    limits = report.limits
    lines = [
        f"{report.pictures} uploads at once",
        f"Rekognition takes {limits.rekognition:g} a second",
        f"StartExecution takes {limits.starts_at_once:g} at once and {limits.starts:g} a second",
        "",
        *(f"{number:7} {status}" for status, number in sorted(report.statuses.items())),
        f"{len(report.lost):7} lost",
        f"{report.seconds_to_the_last:7} s until the last has its outcome",
        "",
        f"{'for each picture':24}{'median':>8}{'p95':>8}{'most':>8}{'in all':>10}",
    ]
    for name, spread in (
        ("StartExecution attempts", report.start_attempts),
        ("RunModeration attempts", report.moderation_attempts),
        ("Rekognition calls", report.rekognition_calls),
        ("state transitions", report.state_transitions),
    ):
        numbers = f"{spread.median:8g}{spread.p95:8g}{spread.most:8g}{spread.total:10g}"
        lines.append(f"{name:24}{numbers}")
    counted = report.rekognition_by_ten_seconds
    lines += ["", "from second   answered  throttled  by Rekognition"]
    lines += [f"{when:11}{well:11}{refused:11}" for when, well, refused in counted]
    lines += [
        "",
        f"state transitions cost ${report.dollars_for_transitions:.2f}",
        f"seconds in which functions waited: {report.seconds_in_waiting_functions:g}",
        f"they cost ${report.dollars_for_waiting_functions:.2f}",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Run one burst; 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="burst", description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rekognition", type=float, default=Limits.rekognition, metavar="TPS")
    parser.add_argument("--starts", type=float, default=Limits.starts, metavar="TPS")
    parser.add_argument("--starts-at-once", type=float, default=Limits.starts_at_once)
    given = parser.parse_args(arguments)
    limits = Limits(given.rekognition, given.starts, given.starts_at_once)
    logging.disable(logging.CRITICAL)
    out, sys.stdout = sys.stdout, Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    with isolated(), OfflineAws() as aws:
        report = burst(aws, given.pictures, limits)
    out.write(f"{table(report)}\n\n{json.dumps(asdict(report))}\n")
    return 1 if report.lost else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
