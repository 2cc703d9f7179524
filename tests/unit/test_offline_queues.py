"""Delivery of queues by the offline AWS, compared with what Lambda documents."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from local.aws import queues
from local.aws.clients import client_of
from local.aws.deployment import Deployment, Resource
from local.aws.moto_patches import replaced
from local.aws.queues import Queues, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[[list[dict[str, Any]]], Any]

ATTEMPTS = 3


class Function:
    """Stands in for Lambda's client: an answer for each invocation."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.answer: Answer = lambda _records: None
        self.error = False

    def invoke(self, **given: Any) -> dict[str, Any]:
        records = json.loads(given["Payload"])["Records"]
        self.batches.append(records)
        text = json.dumps(self.answer(records))
        body = type("Body", (), {"read": lambda _: text})()
        return {"Payload": body} | ({"FunctionError": "Unhandled"} if self.error else {})

    @property
    def bodies(self) -> list[list[str]]:
        return [[record["body"] for record in batch] for batch in self.batches]


class Bench:
    """A queue with a dead-letter queue, and the function that it is delivered to."""

    def __init__(self, **properties: Any) -> None:
        self.sqs = client_of("sqs")
        self.dead = self._queue("dead", {})
        arn = self.arn(self.dead)
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": ATTEMPTS})
        self.queue = self._queue("queue", {"RedrivePolicy": redrive, "VisibilityTimeout": "360"})
        mapping = {
            "EventSourceArn": self.arn(self.queue),
            "FunctionName": "function",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **properties,
        }
        resource = Resource("AWS::Lambda::EventSourceMapping", "one", {}, mapping)
        deployment = Deployment("stack", {}, {}, {"Mapping": resource}, {})
        self.queues = Queues(lambda: deployment, at_once=False, really_back_off=False)
        self.function = Function()

    def _queue(self, name: str, attributes: Any) -> str:
        return str(self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def arn(self, url: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.queue, MessageBody=body)

    def settle(self, *bodies: str) -> None:
        self.send(*bodies)
        self.queues.settle()

    def dead_bodies(self) -> list[str]:
        found = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10)
        return sorted(each["Body"] for each in found.get("Messages", []))


@pytest.fixture
def make() -> Iterator[Callable[..., Bench]]:
    with ExitStack() as opening:
        opening.enter_context(mock_aws())

        def made(**properties: Any) -> Bench:
            bench = Bench(**properties)
            opening.enter_context(bench.queues.opened())
            stand_in = {"lambda": bench.function}
            opening.enter_context(
                replaced(queues, "client_of", lambda name: stand_in.get(name) or client_of(name))
            )
            return bench

        yield made


def naming(*bodies: str) -> Answer:
    """Answer that the messages with these bodies have failed."""
    return lambda records: {
        "batchItemFailures": [
            {"itemIdentifier": each["messageId"]} for each in records if each["body"] in bodies
        ]
    }


def test_messages_arrive_in_batches_and_are_deleted(make: Callable[..., Bench]) -> None:
    bench = make(BatchSize=2)
    bench.settle("a", "b", "c")
    assert bench.function.bodies == [["a", "b"], ["c"]]
    bench.settle()
    assert len(bench.function.batches) == 2
    assert bench.dead_bodies() == []


def test_a_record_is_like_lambdas(make: Callable[..., Bench]) -> None:
    """docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""
    bench = make()
    bench.sqs.send_message(
        QueueUrl=bench.queue,
        MessageBody="a",
        MessageAttributes={"status": {"DataType": "String", "StringValue": "approved"}},
    )
    bench.queues.settle()
    ((record,),) = bench.function.batches
    assert set(record) == {
        *("messageId", "receiptHandle", "body", "attributes", "messageAttributes"),
        *("md5OfBody", "eventSource", "eventSourceARN", "awsRegion"),
    }
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdecimal()
    assert record["messageAttributes"]["status"]["stringValue"] == "approved"
    assert (record["eventSource"], record["eventSourceARN"]) == ("aws:sqs", bench.arn(bench.queue))


def test_a_message_that_is_named_is_tried_again_and_then_dead(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    bench.function.answer = naming("b")
    bench.settle("a", "b", "c")
    assert bench.function.bodies == [["a", "b", "c"], ["b"], ["b"]]
    counts = [batch[0]["attributes"]["ApproximateReceiveCount"] for batch in bench.function.batches]
    assert counts == ["1", "2", "3"]
    assert bench.dead_bodies() == ["b"]
    assert [wait.seconds for wait in bench.queues.waits] == [360] * 3


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"identifier": "bad"}]},
        "text",
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(answer: Any, make: Callable[..., Bench]) -> None:
    bench = make()
    bench.function.answer = lambda _: answer
    bench.settle("a", "b")
    assert bench.function.bodies == [["a", "b"]] * ATTEMPTS
    assert bench.dead_bodies() == ["a", "b"]


@pytest.mark.parametrize(
    "answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}]
)
def test_an_answer_that_names_nothing_is_success(answer: Any, make: Callable[..., Bench]) -> None:
    bench = make()
    bench.function.answer = lambda _: answer
    bench.settle("a", "b")
    assert bench.function.bodies == [["a", "b"]]
    assert bench.dead_bodies() == []


def test_an_error_fails_the_whole_batch(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.function.error = True
    bench.settle("a", "b")
    assert bench.dead_bodies() == ["a", "b"]


def test_without_the_report_names_do_not_count(make: Callable[..., Bench]) -> None:
    bench = make(FunctionResponseTypes=[])
    bench.function.answer = naming("a")
    bench.settle("a")
    assert bench.function.bodies == [["a"]]


def test_the_wait_that_a_function_sets_is_recorded(make: Callable[..., Bench]) -> None:
    bench = make()

    def answer(records: list[dict[str, Any]]) -> Any:
        (record,) = records
        bench.sqs.change_message_visibility(
            QueueUrl=bench.queue, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=1000
        )
        return naming("a")(records)

    bench.function.answer = answer
    bench.settle("a")
    identifier = bench.function.batches[0][0]["messageId"]
    assert bench.queues.waits == [Wait(identifier, 1000)] * ATTEMPTS


def test_a_mapping_that_is_off_delivers_nothing(make: Callable[..., Bench]) -> None:
    bench = make(Enabled=False)
    bench.settle("a")
    assert bench.function.batches == []


def test_threads_that_find_nothing_do_not_wake_each_other(
    make: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hidden message is looked for now and then, not as fast as the processor allows."""
    monkeypatch.setattr(queues, "_SECONDS_BETWEEN_LOOKS", 3600.0)
    bench = make()
    bench.send("hidden")
    bench.sqs.receive_message(QueueUrl=bench.queue)
    looks, looked = 0, threading.Event()
    look = bench.queues._received

    def counted(mapping: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks > 100:
            looked.set()
        return look(mapping)

    monkeypatch.setattr(bench.queues, "_received", counted)
    monkeypatch.setattr(bench.queues, "_at_once", True)
    with bench.queues.opened():
        for _ in range(200):  # as long as a hundred looks take, and longer
            bench.sqs.receive_message(QueueUrl=bench.queue)
            if looked.is_set():
                break
    assert looks <= 2 * queues._INVOCATIONS_AT_ONCE
