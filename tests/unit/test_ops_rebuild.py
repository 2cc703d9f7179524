"""`python -m ops rebuild`: what the histories tell is what the projector has made of the stream."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.attribute_values import encode_item
from image_pipeline.history import event
from image_pipeline.identity import image_id
from image_pipeline.models import Claim
from image_pipeline.records import Records
from image_pipeline.status import Status
from local.aws.dynamodb import atomic
from local.manifest import table
from ops.pace import Pace, Patience
from ops.rebuild.run import Rebuilding
from ops.rebuild.tables import Tables

from .conftest import READ_MODEL, TABLE
from .projecting import project, read_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account, Context

Record = dict[str, Any]
ENDINGS = (Status.APPROVED, Status.REVIEW, Status.REJECTED, Status.FAILED, Status.DELETED)


@pytest.fixture
def stream(account: Account) -> Iterator[list[Record]]:
    """The records of the stream of the table, as they are written."""
    account.dynamodb.update_table(
        TableName=TABLE,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    told: list[Record] = []
    with ExitStack() as opening:
        opening.enter_context(atomic(lambda _stream, record: told.append(record)))
        yield told


def rebuilding(account: Account, read_model_table: str, said: list[str]) -> Rebuilding:
    pace, patience = Pace(1e9), Patience(said.append)
    tables = Tables(account.dynamodb, TABLE, read_model_table, pace, patience, lambda: None)
    return Rebuilding(tables, said.append)


def rebuilt(account: Account) -> dict[str, Any]:
    """Rebuild from nothing, and return the read model."""
    account.dynamodb.create_table(TableName="rebuilt", **table("ReadModelTable"))
    said: list[str] = []
    run = rebuilding(account, "rebuilt", said)
    run.run()
    assert (run.failed, run.different, run.completed) == (0, 0, 0), said
    return read_model(account.dynamodb, "rebuilt")


def live(account: Account, chance: random.Random, steps: int) -> None:
    """Let images live: claimed, described, decided by machines and people, deleted, expired."""
    records = Records(TABLE)
    for number in range(steps):
        key = f"uploads/holiday_{chance.randrange(6)}.jpg"
        known = records.get(image_id(key))
        claim = Claim(image_id(key), f"{number:064}", f"execution-{number}")
        step = chance.random()
        if known is None or known["status"] != "processing":
            if known and step < 0.3:
                changes = {"status": chance.choice(ENDINGS), "reason": "moderation_review"}
                records.amend(known, changes, ["metadata"], [event("decided", "somebody")])
                continue
            if known and step < 0.4:
                account.dynamodb.delete_item(
                    TableName=TABLE, Key=encode_item({"image_id": claim.image_id})
                )
                continue
            record = {
                "image_id": claim.image_id,
                "status": "processing",
                "key": key,
                "uploaded_at": f"2026-05-01T12:00:{number % 60:02}Z",
                "sequencer": claim.sequencer,
                "execution": claim.execution,
            }
            kept = ("created_at", "owner")
            record |= {name: known[name] for name in kept if known and name in known}
            if known is None and step < 0.5:
                record["owner"] = "somebody"
            uploaded = event("uploaded", at=record["uploaded_at"])
            records.replace(record, known, [uploaded, event("claimed")])
            continue
        claim = Claim(claim.image_id, known["sequencer"], known["execution"])
        if step < 0.4:
            metadata = {"camera": {"make": chance.choice(["Leica", "Canon"])}}
            records.update(claim, {"metadata": metadata}, event("described"))
        elif step < 0.5:
            records.note(claim, {"decoding": {"attempt": 2}})
        else:
            status = chance.choice(ENDINGS)
            facts = {"reason": "corrupt"} if status is Status.REJECTED else {}
            records.finish(claim, status, facts, ("metadata",) if step > 0.9 else ())


@pytest.mark.parametrize("seed", range(3))
def test_rebuilt_and_projected_are_the_same_after_any_life(
    account: Account, context: Context, stream: list[Record], seed: int
) -> None:
    chance = random.Random(seed)
    live(account, chance, 80)
    left = [*stream]
    while left:
        size = chance.randrange(1, 20)
        assert project(context, *left[:size]) == []
        left = left[size:]
    projected = read_model(account.dynamodb)
    assert len(projected["images"]) > 2
    assert rebuilt(account) == projected
    # To rebuild what is right changes nothing.
    run = rebuilding(account, READ_MODEL, [])
    run.run()
    assert (run.gone, run.failed) == (0, 0)
    assert read_model(account.dynamodb) == projected


def test_changes_that_were_lost_are_made_up_for(
    account: Account, context: Context, stream: list[Record]
) -> None:
    live(account, random.Random(4), 60)
    lost = len(stream) // 2
    assert project(context, *stream[:lost]) == []
    assert read_model(account.dynamodb) != rebuilt(account)
    run = rebuilding(account, READ_MODEL, [])
    run.run()
    assert read_model(account.dynamodb) == read_model(account.dynamodb, "rebuilt")
    # What comes late after all changes nothing.
    assert project(context, *stream) == []
    assert read_model(account.dynamodb) == read_model(account.dynamodb, "rebuilt")


def test_a_record_of_an_earlier_release_gets_its_place_in_the_lists(
    account: Account, context: Context, stream: list[Record]
) -> None:
    key = "uploads/older one.jpg"
    older = {
        "image_id": image_id(key),
        "key": key,
        "status": "approved",
        "uploaded_at": "2025-01-02T03:04:05Z",
        "processed_at": "2025-01-02T03:04:06Z",
        "sequencer": "0A",
        "execution": "one",
    }
    account.dynamodb.put_item(TableName=TABLE, Item=encode_item(older))
    account.dynamodb.put_item(
        TableName=TABLE, Item=encode_item({"image_id": "sweep", "holder": "x"})
    )
    said: list[str] = []
    run = rebuilding(account, READ_MODEL, said)
    run.run()
    run.tell()
    assert said == [
        "1 records were read",
        "1 of earlier releases have got their place in the lists",
    ]
    record = Records(TABLE).get(older["image_id"])
    assert record
    assert record["created_at"] == "2025-01-02T03:04:05.000Z"
    assert record["position"] == f"{record['created_at']}#{record['image_id']}"
    assert {"listed", "listed_status"} <= record.keys()
    found = read_model(account.dynamodb)
    assert set(found["images"][older["image_id"]].terms) >= {"older", "one", "2025", "january"}
    # The projector hears of the same.
    records = [each for each in stream if each["dynamodb"]["Keys"]["image_id"]["S"] != "sweep"]
    assert project(context, *records) == []
    assert read_model(account.dynamodb) == found


def test_an_image_without_a_record_is_removed(
    account: Account, context: Context, stream: list[Record]
) -> None:
    live(account, random.Random(5), 30)
    assert project(context, *stream) == []
    (gone, *_), before = read_model(account.dynamodb)["images"], len(stream)
    account.dynamodb.delete_item(TableName=TABLE, Key=encode_item({"image_id": gone}))
    assert len(stream) == before + 1
    run = rebuilding(account, READ_MODEL, [])
    run.run()
    assert run.gone == 1
    assert gone not in read_model(account.dynamodb)["images"]
    assert read_model(account.dynamodb) == rebuilt(account)
