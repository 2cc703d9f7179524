"""One message of the queue: delivered, or made to wait for the next attempt."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline import aws
from image_pipeline.observability import logger
from webhook.payload import MalformedError, webhook
from webhook.receiver import NoAnswerError
from webhook.signature import signed_headers
from webhook.waits import retry_after, seconds_until_next

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.receiver import Receiver

_HEADERS = {
    "accept": "*/*",
    "connection": "close",
    "content-type": "application/json",
    "user-agent": "image-pipeline-webhooks",
}


@dataclass(frozen=True)
class Message:
    """A message as Lambda passes it on.

    Args:
        id: of the message.
        receipt: with which its visibility is changed.
        body: the notification.
        attempt: how often it was received, this time included.
        sent_at: seconds since 1970.
    """

    id: str
    receipt: str
    body: str
    attempt: int
    sent_at: float

    @classmethod
    def of(cls, record: dict[str, Any]) -> Message:
        """Return the message of a record of the event."""
        attributes = record["attributes"]
        return cls(
            record["messageId"],
            record["receiptHandle"],
            record["body"],
            int(attributes["ApproximateReceiveCount"]),
            int(attributes["SentTimestamp"]) / 1000,
        )


@dataclass(frozen=True)
class Failed:
    """An attempt that did not deliver a webhook.

    Args:
        why: in a few words, without anything of the receiver's address or body.
        asked_for: seconds that the receiver wants to be left alone.
        is_final: no attempt can succeed.
        image_id: of the outcome, as far as it is known.
    """

    why: str
    asked_for: float | None = None
    is_final: bool = False
    image_id: str | None = None


def attempt(message: Message, receiver: Receiver, keys: Sequence[bytes]) -> Failed | None:
    """Send the webhook of a message once; None if it is delivered."""
    try:
        made = webhook(message.body, message.sent_at)
    except MalformedError as error:
        return Failed(str(error), is_final=True)
    now = time.time()
    signed = signed_headers(keys, made.id, int(now), made.body)
    try:
        answer = receiver.post(made.body, {**_HEADERS, **signed})
    except NoAnswerError as error:
        return Failed(str(error), image_id=made.image_id)
    if not answer.is_success:
        asked_for = retry_after(answer.status, answer.retry_after, now)
        why = f"the receiver answered {answer.status}"
        return Failed(why, asked_for, image_id=made.image_id)
    logger.info("delivered", extra={"image_id": made.image_id, "attempt": message.attempt})
    return None


def postpone(message: Message, failed: Failed, queue_url: str) -> None:
    """Hide a message until its next attempt.

    A message that cannot be delivered at all is looked at again at once, until the queue has it
    moved to the dead-letter queue.
    """
    seconds = 0
    if not failed.is_final:
        seconds = seconds_until_next(message.attempt, failed.asked_for, random.uniform)
    if message.attempt == 1 or not failed.is_final:
        logger.warning(
            "not delivered",
            extra={
                "image_id": failed.image_id,
                "message_id": message.id,
                "attempt": message.attempt,
                "why": failed.why,
                "next_in_seconds": seconds,
            },
        )
    try:
        aws.sqs().change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
        )
    except (ClientError, BotoCoreError) as error:
        # It is visible again after the timeout of the queue, which is soon enough.
        logger.warning("not postponed", extra={"message_id": message.id, "why": str(error)})
