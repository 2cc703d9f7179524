"""The metrics of this project that alarms watch are emitted, with the dimensions of the alarms."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.metrics.provider import cold_start

from image_pipeline.errors import ValidationError
from local.aws.clients import client_of
from tests.support.pictures import file_of, quarters
from tests.template.documents import of_type, properties

from .claims import claim_for
from .conftest import ENVIRONMENT, EXECUTION
from .told import Rekognition, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account, Context

Metric = tuple[str, frozenset[tuple[str, str]]]


def _watched() -> Iterator[dict[str, Any]]:
    for alarm in of_type("AWS::CloudWatch::Alarm", DailyBudgetDollars="1").values():
        parts = [
            each["MetricStat"]["Metric"]
            for each in alarm.get("Metrics", [])
            if "MetricStat" in each
        ]
        yield from (each for each in (alarm, *parts) if each.get("Namespace") == "ImagePipeline")


def watched() -> set[Metric]:
    """Return the metrics of this project that the alarms of the template watch."""
    return {
        (
            each["MetricName"],
            frozenset((part["Name"], part["Value"]) for part in each["Dimensions"]),
        )
        for each in _watched()
    }


@pytest.fixture
def emitted(
    account: Account,
    context: Context,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> set[Metric]:
    """Invoke functions under their names in the template, and return what they emit."""
    monkeypatch.setattr(cold_start, "is_cold_start", False)
    monkeypatch.setattr("image_pipeline.observability.metrics.provider.service", "AWS::StackName")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "AWS::StackName")

    def stage(function: str) -> Stage:
        return Stage(account, dataclasses.replace(context, function_name=function), capsys)

    broken = account.created(account.upload("uploads/broken", b"no picture"), 10)
    payload = {"event": broken, "execution": "one"}
    monkeypatch.setattr("image_pipeline.aws.rekognition", Rekognition)
    moderate = stage("ModerateFunction")
    request = {"routeKey": "GET /nowhere"}
    told = (
        moderate.run("moderate", {"image": moderate.image(file_of(quarters((96, 96))))}),
        stage("SweepFunction").run("sweep", {}),
        stage("ValidateFunction").run("validate", payload, ValidationError),
        stage("RejectFunction").run("reject", _failed(account)),
        stage("WebhookFunction").run("webhook", _undeliverable()),
        stage("ApiFunction").run("api", request),
        stage("ApiWriteFunction").run("apiwrite", request),
    )
    return {
        (name, frozenset(dimensions.items()))
        for each in told
        for dimensions, units in each.metrics
        for name in units
    }


def _failed(account: Account) -> dict[str, Any]:
    """Claim the record of something just uploaded; return the event of its failure."""
    event = account.created(account.upload("uploads/failed", b"data"), 4)
    event["time"] = datetime.now(UTC).isoformat()
    claim_for(event)
    error = {"Error": "ClientError", "Cause": ""}
    return {"event": {**event, "error": error}, "execution": EXECUTION}


def _undeliverable() -> dict[str, Any]:
    """Create the secret of webhooks; return a message that is not a notification."""
    client = client_of("secretsmanager")
    client.create_secret(Name=ENVIRONMENT["WEBHOOK_SECRET_ARN"], SecretString="A" * 48)
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
    message = {"messageId": "one", "receiptHandle": "one", "body": "", "attributes": attributes}
    return {"Records": [message]}


def test_every_metric_that_an_alarm_watches_is_emitted(emitted: set[Metric]) -> None:
    assert {name for name, _ in watched()} >= {"ExpectedErrors", "UploadsRestarted"}
    assert watched() <= emitted


def test_a_function_emits_under_the_name_of_its_stack() -> None:
    for function in ("SweepFunction", "ValidateFunction"):
        variables = properties(function)["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == "AWS::StackName"
