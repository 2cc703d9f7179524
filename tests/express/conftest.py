"""The offline AWS with a queue of uploads, opened once for the tests in this folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Ledger
    from tests.permissions.report import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PARAMETERS = {
    "WorkflowType": "EXPRESS",
    "KmsKeyArn": KEY,
    "ModerationAdapterArn": (
        "arn:aws:rekognition:us-east-1:123456789012:project/adapter/version/one/1700000000000"
    ),
}


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    with OfflineAws(parameters=PARAMETERS) as opened:
        yield opened


@pytest.fixture(scope="package", autouse=True)
def ledger(aws: OfflineAws) -> Iterator[Ledger]:
    """The calls of these tests, with the grants that allowed them."""
    ledger = Ledger(aws.deployment)
    with ledger.opened():
        yield ledger
    assert ledger.refused == []


@pytest.fixture
def told(aws: OfflineAws) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Function that returns the notifications of a test so far."""
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    subscription = sns.subscribe(
        TopicArn=aws.deployment.ref("OutcomesTopic"), Protocol="sqs", Endpoint=arn["QueueArn"]
    )["SubscriptionArn"]
    found: list[dict[str, Any]] = []

    def receive() -> list[dict[str, Any]]:
        while received := sqs.receive_message(QueueUrl=queue).get("Messages"):
            for message in received:
                found.append(json.loads(json.loads(message["Body"])["Message"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    yield receive
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)
