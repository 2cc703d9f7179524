"""The projector: the read model follows the records, whatever the stream does to a batch."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from image_pipeline import aws
from image_pipeline.read_model import projection
from image_pipeline.read_model.contribution import contribution, order_of
from image_pipeline.read_model.projection import Projection, State
from local.manifest import table

from .projecting import Record, change, project, put, read_model, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("transactions")
HOUR, DAY = "hour#2026-11-27T05", "day#2026-11-27"


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("image_pipeline.read_model.projection._LONGEST_WAIT", 0)


def counts(account: Account) -> dict[str, int]:
    found = read_model(account.dynamodb)["counts"]
    return {name: amount for (period, name), amount in found.items() if period == HOUR}


def expected(account: Account, *records: Record) -> dict[str, Any]:
    """Return what the read model says after each record has arrived once, alone and in order."""
    account.dynamodb.create_table(TableName="other", **table("ReadModelTable"))
    for each in records:
        Projection("other").apply({each["image_id"]: State(order_of(each), contribution(each))})
    found = read_model(account.dynamodb, "other")
    account.dynamodb.delete_table(TableName="other")
    return found


def test_an_image_is_counted_and_found(account: Account, context: Context) -> None:
    put(context, record("photo.jpg"), record("other.jpg", "rejected", reason="corrupt"))
    assert counts(account) == {
        "approved#none#images": 1,
        "approved#none#timed": 1,
        "approved#none#milliseconds": 2000,
        "approved#none#t88": 1,
        "rejected#corrupt#images": 1,
        "rejected#corrupt#timed": 1,
        "rejected#corrupt#milliseconds": 2000,
        "rejected#corrupt#t88": 1,
    }
    found = read_model(account.dynamodb)
    assert found["counts"][DAY, "approved#none#images"] == 1
    position = record("photo.jpg")["position"]
    assert {pk.split("#")[2] for pk, sk in found["words"] if sk == position} == {
        *("photo", "jpg", "2026", "11", "november")
    }


def test_a_change_moves_the_image_from_one_count_to_another(
    account: Account, context: Context
) -> None:
    before, after = record("a.jpg", "processing"), record("a.jpg", "review", 2, reason="stuck")
    put(context, before)
    assert counts(account) == {"processing#none#images": 1}
    assert project(context, change(before, after)) == []
    assert set(counts(account)) == {
        f"review#stuck#{what}" for what in ("images", "timed", "milliseconds", "t88")
    }


def test_an_image_that_expires_is_not_counted_any_more(account: Account, context: Context) -> None:
    gone = record("a.jpg", "deleted", 5)
    put(context, gone)
    assert counts(account) == {"deleted#none#images": 1}
    assert read_model(account.dynamodb)["words"] == set()
    assert project(context, change(gone, None)) == []
    assert read_model(account.dynamodb) == {"images": {}, "words": set(), "counts": {}}


def test_what_comes_again_after_an_image_is_gone_changes_nothing(
    account: Account, context: Context
) -> None:
    old = record("a.jpg", "deleted", 5)
    batch = [change(None, old), change(old, None)]
    assert project(context, *batch) == []
    assert project(context, batch[0]) == []
    assert counts(account) == {}
    # The key may have a new image, whose revisions begin again.
    put(context, record("a.jpg", "pending", 1, "2026-12-30T00:00:00.000Z"))
    project(context, *batch)
    assert set(read_model(account.dynamodb)["images"]) == {old["image_id"]}


@pytest.mark.parametrize("seed", range(2))
def test_duplicates_replays_and_parts_of_batches_change_nothing(
    account: Account, context: Context, seed: int
) -> None:
    """As Lambda delivers: in batches of any size, again from any earlier record on."""
    chance = random.Random(seed)
    states: dict[str, Record] = {}
    stream = []
    for number in range(40):
        name = f"{chance.randrange(8)}.jpg"
        before = states.get(name)
        after = record(
            name,
            chance.choice(["pending", "processing", "approved", "rejected", "deleted"]),
            number + 1,
            owner="somebody" if name < "4" else "somebody else",
            metadata={"camera": {"make": chance.choice(["Leica", "Canon"])}},
        )
        states[name] = after
        stream.append(change(before, after))
    at = 0
    while at < len(stream):
        size = chance.randrange(1, 12)
        assert project(context, *stream[at : at + size]) == []
        at += size if chance.random() < 0.7 else -min(at, chance.randrange(20))
    assert read_model(account.dynamodb) == expected(account, *states.values())


def failing(error: Exception, times: int = 1) -> Callable[..., Any]:
    """Return a transaction that fails some times before it succeeds."""
    genuine, left = aws.dynamodb().transact_write_items, [error] * times

    def transact_write_items(**given: Any) -> Any:
        if left:
            raise left.pop()
        return genuine(**given)

    return transact_write_items


def canceled(*codes: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "canceled"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")


@pytest.mark.parametrize(
    "error",
    [
        canceled("None", "TransactionConflict"),
        canceled("ThrottlingError"),
        canceled("ConditionalCheckFailed", "None"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "TransactWriteItems"),
        ClientError(
            {"Error": {"Code": "InternalServerError"}, "ResponseMetadata": {"HTTPStatusCode": 500}},  # type: ignore[typeddict-item]
            "TransactWriteItems",
        ),
    ],
)
def test_what_passes_is_tried_again(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(aws.dynamodb(), "transact_write_items", failing(error, 2))
    put(context, record("a.jpg"), record("b.jpg"))
    assert counts(account)["approved#none#images"] == 2


def test_what_does_not_pass_is_delivered_again(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflict = canceled("TransactionConflict")
    monkeypatch.setattr(aws.dynamodb(), "transact_write_items", failing(conflict, 99))
    batch = [change(None, record("a.jpg")), change(None, record("b.jpg"))]
    assert project(context, *batch) == [each["dynamodb"]["SequenceNumber"] for each in batch]


def test_an_image_that_cannot_be_written_keeps_no_other_out(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = record("poison.jpg")
    genuine = aws.dynamodb().transact_write_items

    def refuse(*, TransactItems: Any) -> Any:  # noqa: N803 - of boto
        if poison["image_id"] in str(TransactItems):
            raise ClientError({"Error": {"Code": "ValidationException"}}, "TransactWriteItems")
        return genuine(TransactItems=TransactItems)

    monkeypatch.setattr(aws.dynamodb(), "transact_write_items", refuse)
    batch = [change(None, each) for each in (record("a.jpg"), poison, record("b.jpg"))]
    assert project(context, *batch) == [batch[1]["dynamodb"]["SequenceNumber"]]
    assert counts(account)["approved#none#images"] == 2


def test_a_record_that_is_none_of_an_image_keeps_no_other_out(
    account: Account, context: Context
) -> None:
    strange = change(None, record("a.jpg"))
    del strange["dynamodb"]["NewImage"]["status"]
    batch = [change(None, record("b.jpg")), strange, change(None, record("c.jpg"))]
    assert project(context, *batch) == [strange["dynamodb"]["SequenceNumber"]]
    assert counts(account)["approved#none#images"] == 2


def test_without_a_connection_the_whole_batch_is_delivered_again(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = EndpointConnectionError(endpoint_url="dynamodb")
    monkeypatch.setattr(aws.dynamodb(), "transact_write_items", failing(error, 99))
    with pytest.raises(EndpointConnectionError):
        project(context, change(None, record("a.jpg")))


def test_a_full_batch_takes_transactions_that_dynamodb_accepts(
    account: Account, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    genuine = aws.dynamodb().transact_write_items

    def measured(*, TransactItems: Any) -> Any:  # noqa: N803 - of boto
        sizes.append(len(TransactItems))
        return genuine(TransactItems=TransactItems)

    monkeypatch.setattr(aws.dynamodb(), "transact_write_items", measured)
    put(
        context,
        *(
            record(
                f"a_b_c_d_{number}.jpg", owner="o", created_at=f"2026-11-{number % 27 + 1:02}T00"
            )
            for number in range(40)
        ),
    )
    assert max(sizes) <= projection._ACTIONS
    assert len(read_model(account.dynamodb)["images"]) == 40


def test_the_lag_is_a_metric(
    account: Account, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    put(context, record("a.jpg"))
    assert '"ProjectionLagMilliseconds"' in capsys.readouterr().out
