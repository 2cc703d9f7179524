"""Logs and metrics of every function: dashboards, alarms and queries rely on these names."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.metrics.provider import cold_start
from botocore.exceptions import ClientError

from image_pipeline.errors import ConfigError, Superseded, ValidationError
from image_pipeline.identity import image_id
from image_pipeline.observability import metrics
from tests.support.heif_files import heic
from tests.support.pictures import file_of, quarters

from .conftest import EXECUTION
from .executions import KEY, results
from .told import Rekognition, Stage

if TYPE_CHECKING:
    from .conftest import Account, Context

LINE = {
    "level", "location", "message", "timestamp", "service", "cold_start", "function_name",
    "function_memory_size", "function_arn", "function_request_id",
}  # fmt: skip
IDENTIFIED = LINE | {"image_id", "correlation_id"}
REFUSED = ("INFO", "refused", IDENTIFIED | {"error", "why"})
FAILED = ("ERROR", "failed", IDENTIFIED | {"exception", "exception_name", "stack_trace"})
FINISHED = ("INFO", "finished", IDENTIFIED | {"status", "reason"})
SWEPT = ("INFO", "swept", LINE | {"restarted", "actions"})

JPEG = file_of(quarters((96, 96)))
REJECTION = {
    "Error": "ValidationError",
    "Cause": json.dumps({"errorType": "ValidationError", "errorMessage": "corrupt: Try again."}),
}


def throttle(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "AnyOperation")


def milliseconds(*stages: str) -> dict[str, str]:
    return {f"{stage}Milliseconds": "Milliseconds" for stage in stages}


@pytest.fixture
def stage(
    account: Account,
    context: Context,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    monkeypatch.setattr(cold_start, "is_cold_start", False)
    metrics.clear_metrics()  # tests of parts of a function leave some
    return Stage(account, context, capsys)


SERVICE = {"service": "image-pipeline"}
FUNCTION = {**SERVICE, "function_name": "function"}
EXPECTED = (SERVICE, {"ExpectedErrors": "Count"})


def test_validate(stage: Stage) -> None:
    event = stage.account.created(stage.account.upload(KEY, JPEG), len(JPEG))
    told = stage.run("validate", {"event": event, "execution": EXECUTION})
    assert told.shapes == []
    assert told.metrics == [
        (FUNCTION, {**milliseconds("Header"), "BytesIn": "Bytes", **milliseconds("Handler")})
    ]
    assert told.values("BytesIn") == [len(JPEG)]


def test_convert(stage: Stage) -> None:
    data = heic()
    told = stage.run("convert", {"image": stage.image(data, "HEIF")})
    assert told.shapes == []
    stages = milliseconds("Download", "Decode", "Encode", "Upload")
    assert told.metrics == [
        (FUNCTION, {**stages, "BytesIn": "Bytes", "BytesOut": "Bytes", **milliseconds("Handler")})
    ]
    assert told.values("BytesIn") == [len(data)]
    (written,) = stage.account.s3.list_objects_v2(Bucket="renditions")["Contents"]
    assert told.values("BytesOut") == [written["Size"]]


def test_thumbnail(stage: Stage) -> None:
    told = stage.run("thumbnail", {"image": stage.image(JPEG)})
    assert told.shapes == []
    stages = milliseconds("Download", "Decode", "Resize", "Encode", "Upload")
    assert told.metrics == [
        (FUNCTION, {**stages, "BytesIn": "Bytes", "BytesOut": "Bytes", **milliseconds("Handler")})
    ]
    assert told.values("BytesIn") == [len(JPEG)]
    written = stage.account.s3.list_objects_v2(Bucket="renditions")["Contents"]
    assert told.values("BytesOut") == [sum(each["Size"] for each in written)]


def test_metadata(stage: Stage) -> None:
    told = stage.run("metadata", {"image": stage.image(JPEG)})
    assert told.shapes == []
    stages = milliseconds("Download", "Extract", "Hash", "Handler")
    assert told.metrics == [(FUNCTION, {**stages, "BytesIn": "Bytes"})]
    assert told.values("BytesIn") == [len(JPEG)]


def test_moderate_in_place(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("image_pipeline.aws.rekognition", Rekognition)
    told = stage.run("moderate", {"image": stage.image(JPEG)})
    assert told.shapes == []
    stages = milliseconds("Header", "Rekognition", "Handler")
    counts = {"BytesIn": "Bytes", "ImagesAnalyzed": "Count"}
    assert told.metrics == [(FUNCTION, {**stages, **counts})]
    assert told.values("BytesIn") == [len(JPEG)]


def test_moderate_by_samples(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("image_pipeline.aws.rekognition", Rekognition)
    data = file_of(quarters(), "GIF")
    told = stage.run("moderate", {"image": stage.image(data, "GIF")})
    assert told.shapes == []
    stages = milliseconds("Download", "Sample", "Rekognition", "Handler")
    counts = {"BytesIn": "Bytes", "ImagesAnalyzed": "Count"}
    assert told.metrics == [(FUNCTION, {**stages, **counts})]
    assert told.values("BytesIn") == [len(data)]


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("approved", None),
        ("review", "moderation_review"),
        ("rejected", "moderation_rejected"),
    ],
)
def test_store(stage: Stage, verdict: str, reason: str | None) -> None:
    judged = {"verdict": verdict, "labels": []} | ({"reason": reason} if reason else {})
    told = stage.run("store", {"image": stage.image(b"data"), "results": results("", judged)})
    level, message, keys = FINISHED
    assert told.shapes == [(level, message, keys if reason else keys - {"reason"})]
    (line,) = told.lines
    assert (line["status"], line.get("reason")) == (verdict, reason)
    outcome = f"Images{verdict.capitalize()}"
    assert told.metrics == [
        ({**SERVICE, "reason": reason or "none"}, {outcome: "Count"}),
        (FUNCTION, milliseconds("Handler")),
    ]
    assert told.values(outcome) == [1]


@pytest.mark.parametrize(
    ("error", "metric", "reason"),
    [
        (REJECTION, "ImagesRejected", "corrupt"),
        ({"Error": "ClientError", "Cause": ""}, "ImagesFailed", "internal_error"),
    ],
)
def test_reject(stage: Stage, error: dict[str, str], metric: str, reason: str) -> None:
    event, _, _ = stage.claimed(b"data")
    told = stage.run("reject", {"event": {**event, "error": error}, "execution": EXECUTION})
    assert told.shapes == [FINISHED]
    assert told.metrics == [
        ({**SERVICE, "reason": reason}, {metric: "Count"}),
        (FUNCTION, milliseconds("Handler")),
    ]
    assert told.values(metric) == [1]


def test_api(stage: Stage) -> None:
    _, _, claim = stage.claimed(b"data")
    for event in (
        {"routeKey": "GET /images/{id}", "pathParameters": {"id": claim.image_id}},
        {"routeKey": "GET /images", "queryStringParameters": {"key": KEY}},
    ):
        told = stage.run("api", event)
        assert told.shapes == []
        assert told.metrics == [(FUNCTION, milliseconds("Handler", "Answer"))]


def test_sweep(stage: Stage) -> None:
    stage.account.upload(KEY, b"data")  # too young to be overdue
    told = stage.run("sweep", {})
    assert told.shapes == [SWEPT]
    waiting = ("ImagesInWork", "UploadsOverdue", "ImagesInReview")
    counts = dict.fromkeys((*waiting, "UploadsRestarted", "UploadsGivenUp"), "Count")
    ages = {"OldestInWorkSeconds": "Seconds"}
    assert told.metrics == [(FUNCTION, counts | ages | milliseconds("Handler"))]
    for metric in counts | ages:
        assert told.values(metric) == [0]


def test_a_refusal_is_one_line_that_names_image_and_execution(stage: Stage) -> None:
    event = stage.account.created(stage.account.upload(KEY, b"no picture"), 10)
    payload = {"event": event, "execution": EXECUTION}
    told = stage.run("validate", payload, ValidationError)
    assert told.shapes == [REFUSED]
    (line,) = told.lines
    assert line["image_id"] == image_id(KEY)
    assert line["correlation_id"] == EXECUTION
    assert line["error"] == "ValidationError"
    assert line["why"].startswith("unsupported_format: ")
    assert told.metrics == [EXPECTED, (FUNCTION, milliseconds("Header", "Handler"))]


def test_a_fault_is_one_line_with_its_traceback(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug")

    image = stage.image(JPEG)
    importlib.import_module("metadata.handler")
    monkeypatch.setattr("metadata.handler.extract", broken)
    told = stage.run("metadata", {"image": image}, RuntimeError)
    assert told.shapes == [FAILED]
    (line,) = told.lines
    assert line["exception_name"] == "RuntimeError"
    assert "a bug" in line["exception"]
    stages = milliseconds("Download", "Extract", "Handler")
    assert told.metrics == [(FUNCTION, {**stages, "BytesIn": "Bytes"})]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (throttle("ThrottlingException"), True),
        (throttle("ProvisionedThroughputExceededException"), True),
        (throttle("SlowDown"), True),
        (throttle("AccessDenied"), False),
        (Superseded(), True),
        (ConfigError(), False),
        (RuntimeError(), False),
    ],
    ids=repr,
)
def test_only_errors_that_no_alarm_is_for_are_counted_as_expected(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: bool
) -> None:
    def raising(*_: Any, **__: Any) -> Any:
        raise error

    image = stage.image(JPEG)
    importlib.import_module("metadata.handler")
    monkeypatch.setattr("metadata.handler.extract", raising)
    told = stage.run("metadata", {"image": image}, Exception)  # a throttle by its new name
    assert (EXPECTED in told.metrics) is expected


def test_lines_of_one_invocation_name_nothing_of_the_one_before(stage: Stage) -> None:
    event, _, claim = stage.claimed(b"data")
    stage.run("reject", {"event": {**event, "error": REJECTION}, "execution": EXECUTION})
    told = stage.run("sweep", {})
    assert told.shapes == [SWEPT]
    assert claim.image_id not in json.dumps(told.lines)


def test_the_first_invocation_of_an_environment_is_counted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "is_cold_start", True)
    told = stage.run("sweep", {})
    assert told.metrics[0] == (FUNCTION, {"ColdStart": "Count"})
    assert [dimensions for dimensions, _ in told.metrics] == [FUNCTION, FUNCTION]
    assert [dimensions for dimensions, _ in stage.run("sweep", {}).metrics] == [FUNCTION]
