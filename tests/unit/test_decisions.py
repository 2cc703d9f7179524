"""GET /decisions: what people have decided, newest first, with what they said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from api.routes import READS
from api.routing import respond
from image_pipeline.attribute_values import encode_item
from local.aws.clients import client_of

from .conftest import READ_MODEL, TABLE
from .projecting import change, project, put, record

if TYPE_CHECKING:
    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("transactions", "secret")
BY = {"by": "ann", "version": "1"}


def ask(scope: str = "images:review", **query: str) -> tuple[int, dict[str, Any]]:
    from api.handler import reads

    claims = {"sub": "ann", "scope": scope}
    event = {
        "routeKey": "GET /decisions",
        "queryStringParameters": query,
        "requestContext": {"requestId": "one", "authorizer": {"jwt": {"claims": claims}}},
    }
    answer = respond(event, READS, reads, "JWT")
    return answer["statusCode"], json.loads(answer["body"])


def decided(name: str, day: int, decision: str = "approve", **said: str) -> dict[str, Any]:
    """Return the record of an image that somebody has decided about on a day."""
    made = {"decision": decision, "at": f"2026-11-{day:02}T08:00:00.000Z", **BY, **said}
    return record(name, "approved" if decision == "approve" else "rejected", decision=made)


@pytest.fixture
def secret(account: Account) -> None:
    assert account
    client = client_of("secretsmanager")
    client.create_secret(Name="cursors", SecretString="of a test")


def write(account: Account, *records: dict[str, Any]) -> None:
    for each in records:
        account.dynamodb.put_item(TableName=TABLE, Item=encode_item(each))


def known(account: Account, context: Context, *records: dict[str, Any]) -> None:
    """Put records into the table and the read model."""
    write(account, *records)
    put(context, *records)


def rows(account: Account) -> list[tuple[str, str]]:
    items = account.dynamodb.scan(TableName=READ_MODEL)["Items"]
    return [(each["pk"]["S"], each["sk"]["S"]) for each in items]


def names(body: dict[str, Any]) -> list[str]:
    return [each["key"].rpartition("/")[2] for each in body["decisions"]]


def test_the_newest_decision_is_first(account: Account, context: Context) -> None:
    first = decided("a.jpg", 1, reason="harmless", note="A statue.")
    known(account, context, first, decided("b.jpg", 3, "reject"), record("undecided.jpg"))
    status, body = ask()
    assert (status, names(body), body["next"]) == (200, ["b.jpg", "a.jpg"], None)
    assert body["decisions"][1] == {
        "image_id": first["image_id"],
        "key": first["key"],
        "decision": "approve",
        "reason": "harmless",
        "note": "A statue.",
        "by": "ann",
        "at": "2026-11-01T08:00:00.000Z",
    }


def test_a_later_decision_takes_the_place_of_an_earlier_one(
    account: Account, context: Context
) -> None:
    first, again = decided("a.jpg", 1), decided("a.jpg", 5, "reject") | {"revision": 2}
    known(account, context, first, decided("b.jpg", 3))
    write(account, again)
    # Until the read model follows, the earlier one is not told any more, and the later not yet.
    assert names(ask()[1]) == ["b.jpg"]
    assert project(context, change(first, again)) == []
    assert names(ask()[1]) == ["a.jpg", "b.jpg"]


def test_a_period_counts_by_the_time_of_the_decision(account: Account, context: Context) -> None:
    known(account, context, *(decided(f"{day}.jpg", day) for day in range(1, 6)))
    assert names(ask(**{"from": "2026-11-02", "to": "2026-11-03"})[1]) == ["3.jpg", "2.jpg"]
    assert ask(**{"from": "soon"})[0] == 400


def test_pages_tell_each_decision_once(account: Account, context: Context) -> None:
    known(account, context, *(decided(f"{day}.jpg", day) for day in range(1, 8)))
    found, query = [], {"limit": "3"}
    while True:
        status, body = ask(**query)
        assert status == 200
        found += names(body)
        if body["next"] is None:
            break
        query["next"] = body["next"]
    assert found == [f"{day}.jpg" for day in range(7, 0, -1)]
    assert ask(next="AAAA")[0] == 400


def test_only_reviewers_are_told(account: Account, context: Context) -> None:
    known(account, context, decided("a.jpg", 1))
    assert ask("images:read images:write")[0] == 403


def test_a_deleted_image_is_not_told(account: Account, context: Context) -> None:
    first = decided("a.jpg", 1)
    known(account, context, first)
    gone = {name: fact for name, fact in first.items() if name != "decision"}
    deleted = gone | {"status": "deleted", "revision": 2}
    write(account, deleted)
    assert names(ask()[1]) == []
    assert project(context, change(first, deleted)) == []
    assert not [pk for pk, _ in rows(account) if pk.startswith("decision#")]
