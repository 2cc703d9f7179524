"""Lambda's delivery of SQS queues: in batches, retried after the visibility timeout, redriven.

Sources: docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, services-sqs-scaling.html
and services-sqs-errorhandling.html there. moto would deliver a message while it is being sent, and
delete or keep a batch as a whole; that is switched off here. Redriving is moto's.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.utils import unix_time_millis
from moto.sqs.models import Queue, sqs_backends

from local.aws.clients import client_of
from local.aws.environment import ACCOUNT, REGION
from local.aws.event_source_mappings import mappings
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.deployment import Deployment
    from local.aws.event_source_mappings import Mapping

    Message = dict[str, Any]

_INVOCATIONS_AT_ONCE = 5
_RECEIVED_AT_ONCE = 10  # SQS's maximum; Lambda receives several times for a larger batch
_SECONDS_BETWEEN_LOOKS = 0.5


class Wait(NamedTuple):
    """How long a message that was not delivered is hidden, in seconds."""

    message_id: str
    seconds: int


class Queues:
    """Delivers the messages of queues to functions.

    Args:
        deployment: called for the stack as it is now.
        at_once: deliver in threads as soon as there is a message; otherwise only `settle` delivers,
            so that no function runs behind the back of a test.
        really_back_off: whether a message that was not delivered stays hidden; otherwise that is
            only recorded, and it is delivered again at once.
    """

    def __init__(
        self, deployment: Callable[[], Deployment], *, at_once: bool, really_back_off: bool
    ) -> None:
        self._deployment = deployment
        self._at_once = at_once
        self._really_back_off = really_back_off
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        # Apart, because a thread that has found nothing must not have the others look again.
        self._arrived = threading.Condition(lock)
        self._receiving = threading.Lock()
        self._busy: Counter[str] = Counter()
        self._is_closed = False
        self.waits: list[Wait] = []

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which messages are delivered."""
        with ExitStack() as opening:
            opening.enter_context(self._instead_of_moto())
            # Of one queue no more are busy at once, so that it leaves threads for the others.
            number = _INVOCATIONS_AT_ONCE * len(self._mappings())
            for _ in range(number if self._at_once else 0):
                thread = threading.Thread(target=self._deliver_forever, daemon=True)
                thread.start()
                opening.callback(thread.join)
            opening.callback(self.stop)
            yield

    def stop(self) -> None:
        """Deliver nothing more, and do not deliver again what is being delivered."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._arrived.notify_all()

    def settle(self, seconds: float = 60.0) -> None:
        """Return once every message is delivered, or is in a dead-letter queue.

        Raises:
            TimeoutError: that takes longer than some seconds.
        """
        if not self._at_once:
            while self._deliver_batches():
                pass
            return
        with self._changed:
            is_idle = self._changed.wait_for(
                lambda: not (self._busy.total() or self._is_due()), seconds
            )
        if not is_idle:
            message = f"messages of queues are still being delivered after {seconds:.0f} s"
            raise TimeoutError(message)

    def holds(self, arn: str, text: str) -> bool:
        """Whether a queue has a message with some text in it, visible or not."""
        return any(text in message.body for message in list(_queue(arn)._messages))

    @contextmanager
    def _instead_of_moto(self) -> Iterator[None]:
        genuine = Queue.add_message

        def add_message(queue: Any, message: Any) -> None:
            queue.lambda_event_source_mappings.clear()
            genuine(queue, message)
            with self._arrived:
                self._arrived.notify_all()

        with replaced(Queue, "add_message", add_message):
            yield

    def _is_due(self) -> bool:
        """Whether a queue that Lambda reads has messages, visible or not."""
        return any(_queue(each.source)._messages for each in self._mappings())

    def _mappings(self) -> list[Mapping]:
        return mappings(self._deployment(), "sqs")

    def _deliver_forever(self) -> None:
        while not self._is_closed:
            if self._deliver_batches():
                continue
            with self._arrived:
                # A hidden message becomes visible without anything being sent.
                patience = _SECONDS_BETWEEN_LOOKS if self._is_due() else None
                if not self._is_closed:
                    self._arrived.wait(patience)

    def _deliver_batches(self) -> bool:
        """Deliver a batch of each queue; return whether there was one."""
        return sum(map(self._deliver_batch, self._mappings())) > 0

    def _deliver_batch(self, mapping: Mapping) -> bool:
        with self._changed:
            if self._busy[mapping.source] >= min(_INVOCATIONS_AT_ONCE, mapping.at_once):
                return False
            self._busy[mapping.source] += 1
        try:
            messages = self._received(mapping)
            if messages:
                self._settle_batch(mapping, messages, self._failed(mapping, messages))
            return bool(messages)
        finally:
            with self._changed:
                self._busy[mapping.source] -= 1
                self._changed.notify_all()

    def _received(self, mapping: Mapping) -> list[Message]:
        messages: list[Message] = []
        with self._receiving:  # moto receives a message twice if it is asked twice at once
            while len(messages) < mapping.batch_size:
                found = client_of("sqs").receive_message(
                    QueueUrl=self._url(mapping),
                    MaxNumberOfMessages=min(_RECEIVED_AT_ONCE, mapping.batch_size - len(messages)),
                    AttributeNames=["All"],
                    MessageAttributeNames=["All"],
                )
                messages += found.get("Messages", [])
                if not found.get("Messages"):
                    break
        return messages

    def _failed(self, mapping: Mapping, messages: list[Message]) -> set[str]:
        """Invoke the function; return the ids of the messages that stay in the queue."""
        event = {"Records": [_record(message, mapping) for message in messages]}
        every = {message["MessageId"] for message in messages}
        try:
            answer = client_of("lambda").invoke(
                FunctionName=mapping.function, Payload=json.dumps(event)
            )
            payload = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError, RuntimeError):
            return every  # the last: functions have been ended, because everything is
        if "FunctionError" in answer:
            return every
        return _named(payload, every) if mapping.reports_failures else set()

    def _settle_batch(self, mapping: Mapping, messages: list[Message], failed: set[str]) -> None:
        """Delete what was delivered; what was not is hidden for as long as the function has set."""
        url = self._url(mapping)
        for message in messages:
            if message["MessageId"] not in failed:
                receipt = message["ReceiptHandle"]
                client_of("sqs").delete_message(QueueUrl=url, ReceiptHandle=receipt)
        now = unix_time_millis()
        for hidden in list(_queue(mapping.source)._messages):
            if hidden.id in failed:
                seconds = max(0, round((hidden.visible_at - now) / 1000))
                self.waits.append(Wait(hidden.id, seconds))
                if not self._really_back_off:
                    hidden.visible_at = 0.0

    def _url(self, mapping: Mapping) -> str:
        name = mapping.source.rpartition(":")[2]
        return str(client_of("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _queue(arn: str) -> Any:
    return sqs_backends[ACCOUNT][REGION].get_queue(arn.rpartition(":")[2])


def _named(payload: Any, every: set[str]) -> set[str]:
    """Return the messages that a function names as failed.

    An answer that is malformed, or names another message, counts as a failure of the whole batch.
    """
    try:
        named = {each["itemIdentifier"] for each in (payload or {}).get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return every
    return every if named - every else named


def _record(message: Message, mapping: Mapping) -> dict[str, Any]:
    """Return a message as Lambda passes it on."""
    attributes = message.get("MessageAttributes", {}).items()
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"),
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": value["DataType"],
            }
            for name, value in attributes
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.source,
        "awsRegion": REGION,
    }
