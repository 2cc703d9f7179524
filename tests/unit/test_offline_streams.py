"""Streams of DynamoDB are delivered to functions as Lambda does it."""

from __future__ import annotations

import json
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.aws.environment import REGION, isolated

with isolated():
    import boto3

    from local.aws.deployment import Deployment, Resource
    from local.aws.invocation import Answer, invoking
    from local.aws.resources import MAKERS, New
    from local.aws.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

FUNCTION = "reader"
RETRIES = 3
POISON = "poison"


@dataclass
class Reader:
    """A function that notes the ids of each batch; `answer` decides how it ends."""

    answer: Callable[[list[dict[str, Any]]], Any] = field(default=lambda _: None)
    batches: list[list[str]] = field(default_factory=list)

    def invoke(self, _name: str, payload: str) -> Answer:
        records = json.loads(payload)["Records"]
        self.batches.append([each["dynamodb"]["Keys"]["id"]["S"] for each in records])
        try:
            return Answer(json.dumps(self.answer(records)), failed=False)
        except ValueError as error:
            return Answer(json.dumps({"errorMessage": str(error)}), failed=True)

    def event_of(self, _access_key: str) -> Any:
        return None

    def waiting(self) -> AbstractContextManager[None]:
        return nullcontext()

    def interrupt(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class World:
    """A table with a stream, and a function that reads it."""

    dynamodb: Any
    sqs: Any
    queue: str
    streams: Streams
    reader: Reader

    def put(self, *ids: str, **attributes: str) -> None:
        values = {name: {"S": value} for name, value in attributes.items()}
        for each in ids:
            self.dynamodb.put_item(TableName="table", Item={"id": {"S": each}, **values})

    def read(self) -> list[list[str]]:
        self.streams.settle()
        return self.reader.batches

    def dead(self) -> list[dict[str, Any]]:
        received = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in received.get("Messages", [])]


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Open a world; the parameter is the properties of the mapping, and whether it delivers."""
    given = dict(getattr(request, "param", {}))
    at_once = given.pop("at_once", False)
    with ExitStack() as opening:
        opening.enter_context(isolated())
        opening.enter_context(mock_aws())
        role = MAKERS["AWS::IAM::Role"](
            New("Role", "", "role", {"AssumeRolePolicyDocument": {"Version": "2012-10-17"}})
        )
        MAKERS["AWS::Lambda::Function"](
            New(
                "Reader",
                "",
                FUNCTION,
                {
                    "Role": role.attributes["Arn"],
                    "Handler": "a.b",
                    "Runtime": "python3.14",
                    "Code": {},
                },
            )
        )
        queue = MAKERS["AWS::SQS::Queue"](New("Queue", "", "dead", {}))
        table = MAKERS["AWS::DynamoDB::Table"](
            New(
                "Table",
                "",
                "table",
                {
                    "BillingMode": "PAY_PER_REQUEST",
                    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                },
            )
        )
        properties = {
            "EventSourceArn": table.attributes["StreamArn"],
            "FunctionName": FUNCTION,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 4,
            "MaximumRetryAttempts": RETRIES,
            "DestinationConfig": {"OnFailure": {"Destination": queue.attributes["Arn"]}},
            **given,
        }
        mapping = MAKERS["AWS::Lambda::EventSourceMapping"](
            New("Mapping", "", "mapping", dict(properties))
        )
        resource = Resource("AWS::Lambda::EventSourceMapping", mapping.ref, {}, properties)
        deployment = Deployment("stack", {}, {}, {"Mapping": resource}, {})
        reader = Reader()
        opening.enter_context(invoking(reader))
        streams = Streams(lambda: deployment, at_once=at_once)
        opening.enter_context(streams.opened())
        dynamodb, sqs = (boto3.client(name, REGION) for name in ("dynamodb", "sqs"))
        yield World(dynamodb, sqs, queue.ref, streams, reader)


PARTIAL = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
BISECTING = PARTIAL | {"BisectBatchOnFunctionError": True}


def without_poison(records: list[dict[str, Any]]) -> None:
    """Raise an error if the poison is among the records."""
    if any(each["dynamodb"]["Keys"]["id"]["S"] == POISON for each in records):
        raise ValueError(POISON)


def naming_the_poison(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Name the poison as failed."""
    return {
        "batchItemFailures": [
            {"itemIdentifier": each["dynamodb"]["SequenceNumber"]}
            for each in records
            if each["dynamodb"]["Keys"]["id"]["S"] == POISON
        ]
    }


@pytest.mark.parametrize("world", [{}, {"at_once": True}], indirect=True)
def test_records_arrive_in_order_and_in_batches(world: World) -> None:
    names = [f"{number:02}" for number in range(10)]
    world.put(*names)
    batches = world.read()
    assert [each for batch in batches for each in batch] == names
    assert max(map(len, batches)) <= 4


def test_a_record_shows_the_item_before_and_after(world: World) -> None:
    seen: list[dict[str, Any]] = []
    world.reader.answer = seen.extend
    world.put("one", color="red")
    world.put("one", color="blue")
    world.put("one", color="blue")  # changes nothing
    key = {"id": {"S": "one"}}
    world.dynamodb.update_item(
        TableName="table",
        Key={"id": {"S": "two"}},
        UpdateExpression="SET color = :c",
        ExpressionAttributeValues={":c": {"S": "red"}},
    )
    world.dynamodb.delete_item(TableName="table", Key=key)
    world.read()
    red, blue = ({**key, "color": {"S": color}} for color in ("red", "blue"))
    shown = [
        (each["eventName"], each["dynamodb"].get("OldImage"), each["dynamodb"].get("NewImage"))
        for each in seen
    ]
    assert shown == [
        ("INSERT", None, red),
        ("MODIFY", red, blue),
        ("INSERT", None, {"id": {"S": "two"}, "color": {"S": "red"}}),
        ("REMOVE", blue, None),
    ]
    numbers = [int(each["dynamodb"]["SequenceNumber"]) for each in seen]
    assert numbers == sorted(set(numbers))
    assert len({each["eventID"] for each in seen}) == 4


def test_a_cancelled_transaction_leaves_no_record_and_no_item(world: World) -> None:
    world.put("there")
    put = {"TableName": "table", "Item": {"id": {"S": "new"}}}
    refused = {
        "TableName": "table",
        "Item": {"id": {"S": "there"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        world.dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Put": refused}])
    assert world.read() == [["there"]]
    items = world.dynamodb.scan(TableName="table")["Items"]
    assert [each["id"]["S"] for each in items] == ["there"]


def test_records_that_nobody_asks_for_can_be_forgotten(world: World) -> None:
    world.put("one")
    world.streams.forget()
    world.put("two")
    assert world.read() == [["two"]]


FILTER = {
    "FilterCriteria": {
        "Filters": [
            {"Pattern": '{"dynamodb": {"Keys": {"id": {"S": [{"anything-but": ["state"]}]}}}}'}
        ]
    }
}


@pytest.mark.parametrize("world", [FILTER], indirect=True)
def test_records_that_match_no_filter_invoke_nothing(world: World) -> None:
    world.put("one", "state", "two")
    assert world.read() == [["one", "two"]]


@pytest.mark.parametrize("world", [PARTIAL], indirect=True)
def test_a_batch_is_delivered_again_from_the_first_failure_on(world: World) -> None:
    lost = [True]

    def once(records: list[dict[str, Any]]) -> Any:
        return naming_the_poison(records) if lost and lost.pop() else None

    world.reader.answer = once
    world.put("one", "two", POISON, "three")
    assert world.read() == [["one", "two", POISON, "three"], [POISON, "three"]]
    assert world.dead() == []


@pytest.mark.parametrize("world", [PARTIAL], indirect=True)
def test_an_answer_without_a_known_record_fails_the_batch(world: World) -> None:
    answers: list[Any] = [None, {"batchItemFailures": []}, {"batchItemFailures": [{}]}]
    world.reader.answer = lambda _: answers.pop()
    world.put("one")
    assert world.read() == [["one"], ["one"]]


@pytest.mark.parametrize(("world", "answer"), [
    (BISECTING, without_poison),
    (BISECTING, naming_the_poison),
], indirect=["world"])  # fmt: skip
def test_a_record_that_always_fails_ends_alone_in_the_queue(
    world: World, answer: Callable[..., Any]
) -> None:
    world.reader.answer = answer
    world.put("one", POISON, "two", "three", "four")
    batches = world.read()
    assert batches.count([POISON]) == 1 + RETRIES
    succeeded = [each for batch in batches if POISON not in batch for each in batch]
    assert {"two", "three", "four"} <= set(succeeded)
    (message,) = world.dead()
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1


def test_without_bisecting_the_whole_batch_is_lost(world: World) -> None:
    world.reader.answer = without_poison
    world.put("one", POISON, "two")
    assert world.read() == [["one", POISON, "two"]] * (1 + RETRIES)
    (message,) = world.dead()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 3


@pytest.mark.parametrize("world", [{"MaximumRecordAgeInSeconds": 0}], indirect=True)
def test_a_record_that_is_too_old_is_not_delivered(world: World) -> None:
    world.put("one")
    assert world.read() == []
    (message,) = world.dead()
    assert message["requestContext"]["condition"] == "RecordAgeExceeded"
