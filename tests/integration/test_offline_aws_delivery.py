"""The offline EventBridge delivers, retries and gives up like the real one."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from local.aws.events import publish
from local.aws.rules import may_send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.offline import OfflineAws

QUEUE = "arn:aws:sqs:us-east-1:123456789012:dead"
RULE = "arn:aws:events:us-east-1:123456789012:rule/upload"


def created(aws: OfflineAws, key: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": key,
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": "2026-05-01T12:00:00Z",
        "detail": {
            "bucket": {"name": aws.deployment.ref("UploadsBucket")},
            "object": {"key": key, "size": 1, "version-id": "1", "sequencer": "01"},
        },
    }


@contextmanager
def failing(aws: OfflineAws, code: str, status: int, times: int) -> Iterator[Stubber]:
    """StartExecution answers with an error a number of times."""
    with Stubber(aws.delivery._stepfunctions) as stubber:
        for _ in range(times):
            stubber.add_client_error("start_execution", code, http_status_code=status)
        yield stubber


def dead(aws: OfflineAws) -> list[dict[str, Any]]:
    """The messages in the dead-letter queue, which is empty afterwards."""
    client, url = aws.client("sqs"), aws.deployment.ref("UploadDeadLetterQueue")
    found = client.receive_message(
        QueueUrl=url, MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )
    messages: list[dict[str, Any]] = found.get("Messages", [])
    for message in messages:
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def test_a_refused_event_goes_to_the_dead_letter_queue_at_once(aws: OfflineAws) -> None:
    event = created(aws, "uploads/refused.jpg")
    before = aws.delivery.attempts
    with failing(aws, "StateMachineDoesNotExist", 400, 1):
        publish(event)
    assert aws.delivery.attempts == before + 1
    (message,) = dead(aws)
    assert json.loads(message["Body"]) == event
    facts = {name: given["StringValue"] for name, given in message["MessageAttributes"].items()}
    assert facts["RULE_ARN"] == aws.deployment.arn("UploadRule")
    assert facts["TARGET_ARN"] == aws.deployment.ref("ImagePipelineStateMachine")
    assert facts["ERROR_CODE"] == "StateMachineDoesNotExist"
    assert facts["RETRY_ATTEMPTS"] == "0"


@pytest.mark.parametrize(
    ("code", "status"), [("ThrottlingException", 400), ("InternalFailure", 500)]
)
def test_a_throttled_event_is_retried_up_to_the_limit_of_the_rule(
    aws: OfflineAws, code: str, status: int
) -> None:
    with failing(aws, code, status, 186):
        publish(created(aws, "uploads/throttled.jpg"))
    (message,) = dead(aws)
    facts = message["MessageAttributes"]
    assert facts["RETRY_ATTEMPTS"]["StringValue"] == "185"
    assert facts["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumRetryAttempts"


def test_an_event_that_succeeds_after_retries_is_delivered_once(aws: OfflineAws) -> None:
    with failing(aws, "ThrottlingException", 400, 3) as stubber:
        stubber.add_response(
            "start_execution", {"executionArn": "arn:aws:states:::e", "startDate": 0}
        )
        publish(created(aws, "uploads/late.jpg"))
    assert dead(aws) == []
    assert aws.delivery.executions_of("uploads/late.jpg", "1") == ["arn:aws:states:::e"]
    aws.delivery.started.pop()


def test_an_event_is_lost_without_a_queue_policy(aws: OfflineAws) -> None:
    client, url = aws.client("sqs"), aws.deployment.ref("UploadDeadLetterQueue")
    policy = client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    try:
        with failing(aws, "StateMachineDoesNotExist", 400, 1):
            publish(created(aws, "uploads/lost.jpg"))
        assert dead(aws) == []
    finally:
        client.set_queue_attributes(QueueUrl=url, Attributes=policy)


def test_a_disabled_rule_delivers_nothing(aws: OfflineAws) -> None:
    events, rule = aws.client("events"), aws.deployment.ref("UploadRule")
    before = len(aws.delivery.started)
    events.disable_rule(Name=rule)
    try:
        publish(created(aws, "uploads/disabled.jpg"))
    finally:
        events.enable_rule(Name=rule)
    assert len(aws.delivery.started) == before


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"Action": ["sqs:*"]}, True),
        ({"Effect": "Deny"}, False),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Principal": "*"}, False),
        ({"Action": "sqs:ReceiveMessage"}, False),
        ({"Resource": QUEUE + "-other"}, False),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": RULE + "-other"}}}, False),
        ({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:events:*:*:rule/*"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "images"}}}, False),
    ],
)
def test_only_a_queue_policy_that_names_queue_and_rule_accepts_events(
    change: dict[str, Any], allowed: bool
) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
    }
    assert may_send({"Statement": [statement | change]}, QUEUE, RULE) is allowed
