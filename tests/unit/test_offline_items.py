"""The offline AWS reads items as moto does, but in a time that grows with what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import DynamoType, Item

from local.aws.dynamodb_items import linear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEEP = 12
ITEM: dict[str, Any] = {
    "id": {"S": "é"},
    "shard": {"S": "1"},
    "at": {"N": "1.50"},
    "kinds": {
        "L": [
            {"BOOL": False},
            {"NULL": True},
            {"B": b"\0\xff"},
            {"S": ""},
            {"SS": ["a"]},
            {"NS": ["1"]},
            {"BS": [b"\1"]},
            {"M": {"none": {"M": {}}, "list": {"L": []}}},
        ]
    },
}
WAYS: dict[str, dict[str, Any]] = {
    "whole": {},
    "attributes": {"ProjectionExpression": "kinds, id, absent"},
    "parts": {"ProjectionExpression": "kinds[7].none, id"},
    "parts of one attribute": {
        "ProjectionExpression": "kinds[7].list, kinds[0], small, kinds[7].no"
    },
    "absent parts": {"ProjectionExpression": "absent.part, absent[1], id"},
}


@pytest.fixture
def table() -> Iterator[Any]:
    """A client with the table `things`, an index of its keys, and one item."""
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="us-east-1")
        keys = [("id", "S"), ("shard", "S"), ("at", "N")]
        index = [{"AttributeName": "shard", "KeyType": "HASH"}]
        client.create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in keys
            ],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": f"by_shard_{kind.lower()}",
                    "KeySchema": [*index, {"AttributeName": "at", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": kind},
                }
                for kind in ("ALL", "KEYS_ONLY")
            ],
        )
        client.put_item(TableName="things", Item=ITEM)
        yield client


def got(client: Any, given: dict[str, Any]) -> Any:
    return client.get_item(TableName="things", Key={"id": ITEM["id"]}, **given)["Item"]


def queried(client: Any, given: dict[str, Any], kind: str = "all") -> Any:
    return client.query(
        TableName="things",
        IndexName=f"by_shard_{kind}",
        KeyConditionExpression="shard = :one",
        ExpressionAttributeValues={":one": {"S": "1"}},
        **given,
    )["Items"]


@pytest.mark.parametrize("given", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("read", [got, queried])
def test_items_are_read_as_without_the_patches(
    table: Any, read: Callable[..., Any], given: dict[str, Any]
) -> None:
    genuine = read(table, given)
    with linear():
        assert read(table, given) == genuine


def test_a_query_of_an_index_of_keys_finds_nothing_else(table: Any) -> None:
    with linear():
        (found,) = queried(table, {}, "keys_only")
    assert found.keys() == {"id", "shard", "at"}


def test_values_have_the_size_that_moto_gives_them() -> None:
    value = DynamoType({"M": ITEM})
    genuine = value.size(), value.to_regular_json()
    with linear():
        assert (value.size(), value.to_regular_json()) == genuine


def test_what_a_query_has_found_does_not_change_with_the_item(table: Any) -> None:
    from moto.dynamodb.models import dynamodb_backends

    things: Any = dynamodb_backends["123456789012"]["us-east-1"].tables["things"]
    one = DynamoType({"S": "1"})
    given = {"index_name": "by_shard_all", "hash_key_conditions": [("shard", one)]}
    with linear():
        ((found,), _, _) = things.query(one, None, [], 9, None, True, None, **given)
        things.get_item(DynamoType(ITEM["id"])).attrs["kinds"].value.clear()
    assert len(found.attrs["kinds"].value) == len(ITEM["kinds"]["L"])


def test_a_deeply_nested_value_is_copied_once(table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deep: dict[str, Any] = {"S": "bottom"}
    for _ in range(DEEP):
        deep = {"L": [deep]}
    table.put_item(TableName="things", Item={**ITEM, "deep": deep})
    copied: list[str] = []
    genuine: Any = DynamoType.__deepcopy__

    def copying(value: Any, memo: dict[int, Any]) -> Any:
        copied.append(value.type)
        return genuine(value, memo)

    monkeypatch.setattr(DynamoType, "__deepcopy__", copying)
    with linear():
        queried(table, {"ProjectionExpression": "deep"})
    assert copied.count("L") == DEEP


def test_a_part_is_shown_without_converting_other_attributes(
    table: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = {"ProjectionExpression": "kinds, id, small.part, small.other"}
    table.put_item(TableName="things", Item={**ITEM, "small": {"M": {"part": {"S": "this"}}}})
    converted: list[str] = []
    genuine: Any = Item.to_regular_json
    with linear():

        def converting(item: Any) -> Any:
            converted.extend(item.attrs)
            return genuine(item)

        monkeypatch.setattr(Item, "to_regular_json", converting)
        assert got(table, shown)["small"] == {"M": {"part": {"S": "this"}}}
    assert set(converted) == {"small"}
