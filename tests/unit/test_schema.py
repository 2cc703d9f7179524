"""Records of every schema are read as those of the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_pipeline.attribute_values import encode_item
from image_pipeline.history import event, facts
from image_pipeline.models import Claim
from image_pipeline.records import Records
from image_pipeline.schema import SCHEMA, upgraded
from image_pipeline.status import Status
from local.manifest import ROOT

from .conftest import TABLE

if TYPE_CHECKING:
    from .conftest import Account

Record = dict[str, Any]

# What is no record: counts and words, kept answers, keys of an index, the sweep's own item.
OF_OTHER_ITEMS = {
    "functions/api/idempotency.py",
    "functions/api/image_index.py",
    "functions/api/leases.py",
    "functions/api/review_queue.py",  # positions in the index
    "functions/api/stats.py",
    "functions/moderate/known_answers.py",
    "functions/sweep/state.py",
    "layers/common/image_pipeline/attribute_values.py",
    "layers/common/image_pipeline/read_model/projection.py",
    "layers/common/image_pipeline/schema.py",
}

OLD: Record = {
    "image_id": "image",
    "status": "review",
    "key": "uploads/a.jpg",
    "uploaded_at": "2026-05-01T12:00:00Z",
    "claimed_at": "2026-05-01T12:00:00.100Z",
    "processed_at": "2026-05-01T12:00:01.500Z",
    "sequencer": "0A",
    "execution": "one",
}
"""As a release wrote it that had no attribute `schema`."""

KNOWN = "2026-05-01T12:00:00.000Z"


def store(account: Account, record: Record) -> None:
    account.dynamodb.put_item(TableName=TABLE, Item=encode_item(record))


def test_an_image_of_schema_1_became_known_when_it_was_uploaded() -> None:
    assert upgraded(OLD) == {**OLD, "created_at": KNOWN}


@pytest.mark.parametrize(
    "record",
    [
        {**OLD, "created_at": "2026-04-30T00:00:00.000Z"},
        {**OLD, "created_at": "2026-04-30T00:00:00.000Z", "schema": SCHEMA},
        {**OLD, "schema": SCHEMA + 1, "of_a_later_release": True},
        {"image_id": "#sweep", "after": "uploads/z.jpg"},
    ],
    ids=["set by a step", "present", "later", "no record"],
)
def test_what_needs_nothing_is_read_as_it_is(record: Record) -> None:
    assert upgraded(record) == record


@given(
    st.dictionaries(
        st.sampled_from(["image_id", "status", "key", "claimed_at", "created_at", "owner"]),
        st.text(),
    ),
    st.sampled_from([None, "2026-05-01T12:00:00Z", "2026-05-01T12:00:00.123Z"]),
    st.none() | st.integers(1, SCHEMA + 2),
)
def test_reading_keeps_what_is_stored_and_changes_nothing_the_second_time(
    record: Record, uploaded_at: str | None, schema: int | None
) -> None:
    given = {"uploaded_at": uploaded_at, "schema": schema}
    record |= {name: value for name, value in given.items() if value is not None}
    once = upgraded(record)
    assert record.items() <= once.items()
    assert upgraded(once) == once


def test_a_decision_about_a_record_of_schema_1_writes_the_present_one(account: Account) -> None:
    store(account, OLD)
    records = Records(TABLE)
    known = records.get("image")
    assert known is not None
    records.amend(known, {"status": "approved"}, [], [event("approved", "somebody")])
    found = records.get("image") or {}
    assert (found["schema"], found["created_at"], found["revision"]) == (SCHEMA, KNOWN, 1)
    assert found["position"] == f"{KNOWN}#image"
    assert "schema" not in facts(found)


def test_a_step_that_finishes_a_record_of_schema_1_leaves_its_schema(account: Account) -> None:
    store(account, {**OLD, "status": "processing", "open": "i"})
    finished = Records(TABLE).finish(Claim("image", "0A", "one"), Status.APPROVED, {})
    assert (finished["status"], finished["created_at"]) == ("approved", KNOWN)
    stored = account.dynamodb.get_item(TableName=TABLE, Key=encode_item({"image_id": "image"}))
    assert not {"schema", "created_at"} & stored["Item"].keys()


def test_claims_write_the_present_schema(account: Account) -> None:
    records = Records(TABLE)
    records.replace({**OLD, "status": "processing"}, None, [event("claimed")])
    assert (records.get("image") or {})["schema"] == SCHEMA


def test_every_record_is_read_through_its_schema() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("functions", "layers", "ops")
        for path in (ROOT / folder).rglob("*.py")
        if "decode_item" in path.read_text(encoding="utf-8")
    }
    assert readers == OF_OTHER_ITEMS, "read records by image_pipeline.schema.decode_record"
