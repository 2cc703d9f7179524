"""A temporary queue that is subscribed to the outcomes topic."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_PER_CALL = 10
_SECONDS_PER_CALL = 5
# What is left in a queue that could not be deleted is soon gone.
_RETENTION_SECONDS = 3600


@dataclass(frozen=True)
class Message:
    """An outcome as it was announced: the body, and the attributes for filter policies.

    `received_at` is in terms of `time.monotonic`.
    """

    body: dict[str, Any]
    attributes: dict[str, str]
    received_at: float

    @classmethod
    def read(cls, received: dict[str, Any]) -> Message:
        """Read a message of SQS, whether SNS has put it into an envelope or delivered it raw."""
        body = json.loads(received["Body"])
        if body.get("Type") == "Notification" and "Message" in body:
            attributes, kind = body.get("MessageAttributes", {}), "Value"
            body = json.loads(body["Message"])
        else:
            attributes, kind = received.get("MessageAttributes", {}), "StringValue"
        return cls(
            body, {name: given[kind] for name, given in attributes.items()}, time.monotonic()
        )


class Subscriber:
    """Receives the outcomes of the uploads below a prefix.

    Args:
        sqs: a client.
        sns: a client.
        topic: ARN of the topic.
        name: of the queue.
        prefix: of the keys of the uploads.
    """

    def __init__(self, sqs: Any, sns: Any, topic: str, name: str, prefix: str) -> None:
        self._sqs, self._sns = sqs, sns
        self._topic, self.name, self._prefix = topic, name, prefix
        self._url = self._subscription = ""
        self.messages: list[Message] = []

    def open(self) -> None:
        """Create the queue and subscribe it."""
        # As of the topic, arn:PARTITION:sns:REGION:ACCOUNT:NAME, but for service and name.
        arn = ":".join(
            [*self._topic.split(":")[:2], "sqs", *self._topic.split(":")[3:5], self.name]
        )
        # The policy comes with the queue: a later one would take up to a minute to apply.
        attributes = {
            "MessageRetentionPeriod": str(_RETENTION_SECONDS),
            # Each is received once. To delete it would take as long as to receive ten.
            "VisibilityTimeout": str(_RETENTION_SECONDS),
            "Policy": json.dumps(_policy(arn, self._topic)),
        }
        self._url = self._sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self._subscription = self._sns.subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=arn,
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]

    def close(self) -> None:
        """Remove the subscription and the queue, whatever of them exists."""
        if self._subscription:
            self._sns.unsubscribe(SubscriptionArn=self._subscription)
            self._subscription = ""
        if self._url:
            self._sqs.delete_queue(QueueUrl=self._url)
            self._url = ""

    def wait_for(self, wanted: Callable[[Message], bool], deadline: float) -> Message | None:
        """Return the first message that is wanted; None if it has not come in time.

        Args:
            wanted: whether a message is the one.
            deadline: in terms of `time.monotonic`.
        """
        seen = 0
        while True:
            for message in self.messages[seen:]:
                if wanted(message):
                    return message
            seen = len(self.messages)
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._receive(min(_SECONDS_PER_CALL, max(1, round(left))))

    def _receive(self, seconds: int) -> None:
        received = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_MOST_PER_CALL,
            WaitTimeSeconds=seconds,
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        for each in received:
            message = Message.read(each)
            # The topic tells of everybody else's uploads, too; no filter policy can name the key
            # of a message that is written in several formats.
            if str(message.body.get("key", "")).startswith(self._prefix):
                self.messages.append(message)


def _policy(queue: str, topic: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AllowOutcomes",
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            }
        ],
    }
