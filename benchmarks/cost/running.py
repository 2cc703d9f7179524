"""Runs uploads offline, and tells what each has used."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections import Counter as Counts
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from moto.logs.models import logs_backends

from benchmarks.cost.capacity import item_bytes, stored_bytes
from benchmarks.cost.counting import Counter
from local.aws.calls import intercepted
from local.aws.environment import ACCOUNT, REGION
from local.aws.in_process import InProcess
from local.executions import follow
from local.manifest import functions, state_machine, table
from ops.cost.usage import Invocations, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.invocation import Answer
    from local.aws.offline import OfflineAws

# Of each event that CloudWatch Logs ingests: the documentation of PutLogEvents.
_BYTES_OF_AN_EVENT = 26
_LOG_LINE = "_aws"


class Recorder:
    """Records what is used while it is open.

    Args:
        aws: where the functions run, in this process.
    """

    def __init__(self, aws: OfflineAws) -> None:
        self._aws = aws
        self._counter = Counter(aws)
        self._invoked: Counts[str] = Counts()
        self._one_at_a_time = threading.RLock()
        self._names = {each.name: name for name, each in aws.deployment.functions.items()}
        self.metrics: set[tuple[str, ...]] = set()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which calls and invocations are counted."""
        with (
            mock.patch.object(InProcess, "invoke", self._counting(InProcess.invoke)),
            intercepted(self._aws.deployment, lambda call, go: self._counter.around(call, go)),
        ):
            yield

    def _counting(self, genuine: Callable[..., Answer]) -> Callable[..., Answer]:
        def invoke(invoker: Any, name: str, payload: str) -> Answer:
            with self._one_at_a_time:
                answer = genuine(invoker, name, payload)
                self._invoked[self._names[name.partition(":")[0]]] += 1
                return answer

        return invoke

    def during(self, work: Callable[[], tuple[str, ...]]) -> Usage:
        """Do some work, which returns the states that it entered; return what it used."""
        self._aws.streams.settle()
        self._counter = Counter(self._aws)
        self._invoked.clear()
        self._aws.logs.forget()
        before = self._stored()
        states = work()
        self._aws.streams.settle()  # only now: the batching window is longer than most executions
        stored = self._stored()
        log_bytes = self._read_logs()
        return Usage(
            states=states,
            stages=_stages(states),
            functions={
                name: Invocations(count, 0.0, round(self._counter.waiting[name] / count, 4))
                for name, count in sorted(self._invoked.items())
            },
            quantities={**dict(sorted(self._counter.quantities.items())), "logs_bytes": log_bytes},
            stored={name: stored[name] - before[name] for name in stored},
        )

    def _read_logs(self) -> int:
        """Return the billed size of the lines, and note the metrics in them."""
        size = 0
        for group in logs_backends[ACCOUNT][REGION].groups.values():
            for stream in group.streams.values():
                for event in stream.events:
                    size += len(event.message.encode()) + _BYTES_OF_AN_EVENT
                    self._note_metrics(event.message)
        return size

    def _note_metrics(self, line: str) -> None:
        if _LOG_LINE not in line or not line.startswith("{"):
            return
        written = json.loads(line)
        for directive in written.get(_LOG_LINE, {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = [f"{name}={written[name]}" for name in names]
                for metric in directive["Metrics"]:
                    self.metrics.add((directive["Namespace"], metric["Name"], *dimensions))

    def _stored(self) -> dict[str, float]:
        s3, dynamodb = self._aws.client("s3"), self._aws.client("dynamodb")
        sizes: dict[str, float] = defaultdict(float)
        for bucket in ("UploadsBucket", "RenditionsBucket"):
            pages = s3.get_paginator("list_object_versions").paginate(
                Bucket=self._aws.deployment.ref(bucket)
            )
            sizes[bucket] = sum(each["Size"] for page in pages for each in page.get("Versions", []))
        for name in ("ImagesTable", "ReadModelTable"):
            pages = dynamodb.get_paginator("scan").paginate(
                TableName=self._aws.deployment.ref(name)
            )
            items = [item for page in pages for item in page["Items"]]
            sizes[name] = sum(stored_bytes(table(name), item) for item in items)
            if name == "ImagesTable":
                sizes["Records"] = sum(map(item_bytes, items))
        return dict(sizes)


def _stages(states: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Return the functions that an execution invokes in sequence, those of branches together."""
    invoked = {state: name for name, each in functions().items() for state in each.states}
    stages: list[tuple[str, ...]] = []
    for name in states:
        state = state_machine()["States"].get(name, {})  # the states of branches are with theirs
        if name in invoked and state:
            stages.append((invoked[name],))
        elif branches := state.get("Branches"):
            stages.append(tuple(invoked[branch["StartAt"]] for branch in branches))
    return tuple(stages)


def uploading(aws: OfflineAws, key: str, data: bytes) -> tuple[str, ...]:
    """Upload a file as a person does, and return the states of its execution."""
    bucket = aws.deployment.ref("UploadsBucket")
    version = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]
    (arn,) = aws.delivery.executions_of(key, version)
    execution = follow(aws, arn)
    if execution.status != "SUCCEEDED":
        raise SystemExit(execution.explanation)
    return execution.states


def asking(aws: OfflineAws, path: str, body: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Send a request to the API."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(aws.api_url + path, data)  # noqa: S310 - of the offline AWS
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        answer.read()
    return ()


def sweeping(aws: OfflineAws) -> tuple[str, ...]:
    """Invoke the sweep as its schedule does."""
    sweep = functions()["SweepFunction"]
    aws.client("lambda").invoke(
        FunctionName=aws.deployment.ref("SweepFunction"),
        Payload=sweep.events[0].read_text(encoding="utf-8"),
    )
    return ()
