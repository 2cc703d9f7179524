"""Lambda's delivery of DynamoDB streams: ordered, in batches, retried, with a dead-letter queue.

Sources: docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html and, for
failures, services-ddb-batchfailurereporting.html and services-dynamodb-errors.html there. Lambda
backs off between attempts; here they follow at once. It waits for the batching window, and delivers
up to ten batches of a shard at a time, each with keys of its own; here a batch is what there is,
and one follows another.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws.clients import client_of
from local.aws.dynamodb import atomic
from local.aws.event_source_mappings import mappings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.deployment import Deployment
    from local.aws.event_source_mappings import Mapping

    Record = dict[str, Any]

_EXHAUSTED, _TOO_OLD = "RetryAttemptsExhausted", "RecordAgeExceeded"


class Streams:
    """Delivers the records of streams to functions.

    Args:
        deployment: called for the stack as it is now.
        at_once: deliver in a thread as soon as there is a record; otherwise only `settle` delivers,
            so that no function runs behind the back of a test.
        told: called with the ARN of a function and the time of the last record of each batch that
            it gets, in seconds since 1970.
    """

    def __init__(
        self,
        deployment: Callable[[], Deployment],
        *,
        at_once: bool,
        told: Callable[[str, float], None] = lambda _function, _time: None,
    ) -> None:
        self._told = told
        self._deployment = deployment
        self._at_once = at_once
        self._changed = threading.Condition()
        self._delivering = threading.RLock()
        self._queue: deque[tuple[Mapping, Record]] = deque()
        self._is_busy = self._is_closed = False
        self._known: tuple[Deployment, list[Mapping]] | None = None
        self.attempts = 0

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which records are delivered."""
        thread = threading.Thread(target=self._deliver_forever, daemon=True)
        with atomic(self._receive):
            if self._at_once:
                thread.start()
            try:
                yield
            finally:
                self.stop()
                if self._at_once:
                    thread.join()

    def stop(self) -> None:
        """Deliver nothing more by itself, and do not deliver again what is being delivered."""
        with self._changed:
            self._is_closed = self._at_once  # `settle` may be called after an interrupt, too
            self._queue.clear()
            self._changed.notify_all()

    def settle(self, seconds: float = 60.0) -> None:
        """Return once every record is delivered or discarded, with those that deliveries cause.

        Raises:
            TimeoutError: that takes longer than some seconds.
        """
        if not self._at_once:
            self._deliver_all()
            return
        with self._changed:
            is_idle = self._changed.wait_for(lambda: not (self._queue or self._is_busy), seconds)
        if not is_idle:
            message = f"records of streams are still being delivered after {seconds:.0f} s"
            raise TimeoutError(message)

    def forget(self) -> None:
        """Drop the records that nobody has asked for, if only `settle` delivers."""
        if not self._at_once:
            with self._changed:
                self._queue.clear()

    def _receive(self, stream: str, record: Record) -> None:
        """Keep a record for each mapping that wants it; called while DynamoDB writes."""
        wanting = [
            each for each in self._mappings() if each.source == stream and each.wants(record)
        ]
        if wanting:
            with self._changed:
                self._queue.extend((mapping, record) for mapping in wanting)
                self._changed.notify_all()

    def _mappings(self) -> list[Mapping]:
        deployment = self._deployment()
        if self._known is None or self._known[0] is not deployment:
            self._known = deployment, mappings(deployment, "dynamodb")
        return self._known[1]

    def _deliver_forever(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._is_closed)
                if self._is_closed:
                    return
            try:
                self._deliver_all()
            except RuntimeError:  # the functions have been closed meanwhile
                if not self._is_closed:
                    raise

    def _deliver_all(self) -> None:
        with self._delivering:
            while batch := self._next_batch():
                try:
                    self._deliver(*batch)
                finally:
                    with self._changed:
                        self._is_busy = False
                        self._changed.notify_all()

    def _next_batch(self) -> tuple[Mapping, list[Record]] | None:
        with self._changed:
            if not self._queue:
                return None
            mapping = self._queue[0][0]
            records: list[Record] = []
            others: list[tuple[Mapping, Record]] = []
            while self._queue and len(records) < mapping.batch_size:
                each, record = self._queue.popleft()
                if each == mapping:
                    records.append(record)
                else:
                    others.append((each, record))
            self._queue.extendleft(reversed(others))
            self._is_busy = True
            return mapping, records

    def _deliver(self, mapping: Mapping, records: list[Record]) -> None:
        """Deliver a batch, and what is left of it after each failure."""
        left, retries = records, 0
        while left and not self._is_closed:
            left = self._without_old(mapping, left)
            failed_at = self._attempt(mapping, left) if left else None
            if failed_at is None:
                return
            if failed_at > 0:  # everything before it is done
                left, retries = left[failed_at:], 0
            elif mapping.bisects and len(left) > 1:
                middle = len(left) // 2
                self._deliver(mapping, left[:middle])
                left = left[middle:]
            elif 0 <= mapping.retries <= retries:
                self._discard(mapping, left, _EXHAUSTED, retries + 1)
                return
            else:
                retries += 1

    def _without_old(self, mapping: Mapping, records: list[Record]) -> list[Record]:
        """Discard the records that have reached the largest age."""
        if mapping.most_seconds < 0:
            return records
        oldest = time.time() - mapping.most_seconds
        old = [
            each for each in records if each["dynamodb"]["ApproximateCreationDateTime"] <= oldest
        ]
        if old:
            self._discard(mapping, old, _TOO_OLD, 0)
        return records[len(old) :]

    def _attempt(self, mapping: Mapping, records: list[Record]) -> int | None:
        """Invoke the function; return the position of the first record to deliver again."""
        self.attempts += 1
        self._told(mapping.function, records[-1]["dynamodb"]["ApproximateCreationDateTime"])
        try:
            answer = client_of("lambda").invoke(
                FunctionName=mapping.function, Payload=json.dumps({"Records": records})
            )
            payload = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError):
            return 0
        if "FunctionError" in answer:
            return 0
        return _first_failure(payload, records) if mapping.reports_failures else None

    def _discard(
        self, mapping: Mapping, records: list[Record], condition: str, invocations: int
    ) -> None:
        if not mapping.on_failure:
            return
        message = _failure(mapping, records, condition, invocations)
        name = mapping.on_failure.rpartition(":")[2]
        url = client_of("sqs").get_queue_url(QueueName=name)["QueueUrl"]
        client_of("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message))


def _first_failure(payload: Any, records: list[Record]) -> int | None:
    """Return the position of the first record that a function names as failed.

    An answer that names no record of the batch counts as a failure of the whole batch.
    """
    if not payload or not payload.get("batchItemFailures"):
        return None
    positions = {each["dynamodb"]["SequenceNumber"]: at for at, each in enumerate(records)}
    named = [each.get("itemIdentifier") for each in payload["batchItemFailures"]]
    return min((positions.get(each, 0) for each in named), default=0)


def _failure(
    mapping: Mapping, records: list[Record], condition: str, invocations: int
) -> dict[str, Any]:
    """Describe discarded records as Lambda does, which does not send the records themselves."""
    first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": mapping.function,
            "condition": condition,
            "approximateInvokeCount": invocations,
        },
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "version": "1.0",
        "timestamp": _text(time.time()),
        "DDBStreamBatchInfo": {
            "shardId": "shardId-00000000000000000000-00000000",
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": _text(first["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": _text(last["ApproximateCreationDateTime"]),
            "batchSize": len(records),
            "streamArn": mapping.source,
        },
    }


def _text(seconds: float) -> str:
    time_in_utc = datetime.fromtimestamp(seconds, UTC)
    return time_in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
