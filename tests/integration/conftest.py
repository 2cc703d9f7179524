"""The offline AWS, opened once for the tests in this folder and closed after the last one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.support.webhook_receivers import Receiver, receiving

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.offline import OfflineAws
    from local.aws.permissions import Ledger
    from local.seeds import SEEDS, plant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INVENTORY = "image-pipeline-inventory"
"""Name of a bucket that belongs to no stack, with an inventory of the uploads."""


@pytest.fixture(scope="package")
def receiver() -> Iterator[Receiver]:
    """The receiver of webhooks; it gets some only where a test settles the queues."""
    with receiving() as found:
        yield found


# Scoped to the package: moto's state is global to the process, and other tests use moto, too.
@pytest.fixture(scope="package")
def aws(receiver: Receiver) -> Iterator[OfflineAws]:
    """The deployed template; functions run in this process, one at a time, under their roles."""
    parameters = {"WebhookUrl": receiver.url, "InventoryBucket": INVENTORY}
    with OfflineAws(parameters=parameters) as opened:
        ledger = Ledger(opened.deployment)
        with ledger.opened():
            yield opened
        assert ledger.refused == []


@pytest.fixture(scope="package")
def planted(aws: OfflineAws) -> None:
    """The sample pictures as `serve` has them."""
    plant(aws, *SEEDS)


@pytest.fixture
def messages(aws: OfflineAws) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Function that returns the notifications of a test so far, as `{"body", "attributes"}`."""
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="subscriber")["QueueUrl"]
    subscription = sns.subscribe(
        TopicArn=aws.deployment.ref("OutcomesTopic"),
        Protocol="sqs",
        Endpoint=sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"],
    )["SubscriptionArn"]
    told: list[dict[str, Any]] = []

    def receive() -> list[dict[str, Any]]:
        while received := sqs.receive_message(QueueUrl=queue).get("Messages"):
            for message in received:
                envelope = json.loads(message["Body"])
                attributes = envelope.get("MessageAttributes", {}).items()
                told.append(
                    {
                        "body": json.loads(envelope["Message"]),
                        "attributes": {name: given["Value"] for name, given in attributes},
                    }
                )
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return told

    yield receive
    sns.unsubscribe(SubscriptionArn=subscription)
    sqs.delete_queue(QueueUrl=queue)
