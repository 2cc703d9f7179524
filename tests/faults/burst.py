"""Thousands of uploads at once, against services that throttle.

`python -m tests.faults.burst --pictures 2000` prints a report, as a table and as JSON, and fails if
an upload was lost. Template, workflow and functions are the real ones; they wait in virtual time.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
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
    from tests.faults.burst_report import Limits, Report, Spread, by_ten_seconds, table
    from tests.faults.uploads import jpeg
    from tests.faults.virtual_time import Clock, TokenBucket, executions_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# aws.amazon.com/step-functions/pricing and aws.amazon.com/lambda/pricing (arm64), us-east-1.
_DOLLARS_PER_TRANSITION = 0.025 / 1000
_DOLLARS_PER_GB_SECOND = 0.0000133334
# Virtual time that an invocation takes, without waiting; see docs/performance.md.
_SECONDS_OF_WORK = 0.3
# EventBridge documents 185 attempts in 24 hours, but not its pauses between them.
_LONGEST_DELIVERY_PAUSE = 480.0
_PREFIX = "uploads/burst/"
_REKOGNITION: Any = RekognitionResponse  # answers as the offline AWS makes it


@dataclass
class Seen:
    """Counts of a burst, each with its time or the key of its upload."""

    starts: list[tuple[float, bool]] = field(default_factory=list)
    detections: list[tuple[float, bool]] = field(default_factory=list)
    moderations: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    attempts: Counter[str] = field(default_factory=Counter)
    waited: float = 0.0
    ended: float = 0.0


def burst(aws: OfflineAws, pictures: int, limits: Limits) -> Report:
    """Upload a number of pictures at once and wait for all of them."""
    clock, seen = Clock(), Seen()
    data = jpeg()
    _put(aws, "uploads/first", data)  # imports every function
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
    """While it is open, everything waits in virtual time, and both services throttle."""
    # Rekognition allows no burst beyond the calls of one second.
    rekognition = TokenBucket(clock, limits.rekognition, limits.rekognition)
    starts = TokenBucket(clock, limits.starts_at_once, limits.starts)
    running = _Running(clock, seen)
    with ExitStack() as patches:
        patches.enter_context(executions_by(clock))
        for owner, name, replacement in (
            (endpoint, "time", running),  # where botocore sleeps between its retries
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
    """Lets one function compute at a time; while it waits, another one can."""

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
        """Wait as botocore does, in a function or outside of one."""
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
    """Deliver as EventBridge does, with its pauses between attempts."""

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
        rekognition_by_ten_seconds=by_ten_seconds(seen.detections),
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
    """Return keys without a verdict, with missing renditions, or without exactly one message."""
    pages = aws.client("s3").get_paginator("list_objects_v2")
    bucket = aws.deployment.ref("RenditionsBucket")
    kept = {
        item["Key"] for page in pages.paginate(Bucket=bucket) for item in page.get("Contents", [])
    }
    topic = sns_backends[ACCOUNT][REGION].topics[aws.deployment.ref("OutcomesTopic")]
    messages = Counter(
        json.loads(json.loads(sent[1])["default"])["key"] for sent in topic.sent_notifications
    )
    found = []
    for key in keys:
        record = records.get(key, {})
        named = {rendition["key"] for rendition in record.get("renditions", [])}
        complete = record.get("status") in {"approved", "review"} and messages[key] == 1
        if not (complete and named and named <= kept):
            found.append(key)
    return found


def _transitions(aws: OfflineAws) -> list[float]:
    """Count, for each execution, the states that it entered and their retries."""
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


def main(arguments: list[str]) -> int:
    """Run one burst; return 1 if an upload was lost."""
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
