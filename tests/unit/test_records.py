"""What every write leaves in a record, and on which condition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws
from image_pipeline.errors import Superseded
from image_pipeline.history import event, now
from image_pipeline.models import Claim
from image_pipeline.records import ChangedError, Records
from image_pipeline.status import Status
from tests.support.records import plain

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import Account

records = Records("images")
pytestmark = pytest.mark.usefixtures("stopped_clock")
CLAIMED = [event("claimed")]
FIRST, SECOND = Claim("image", "0A", "one"), Claim("image", "0B", "two")


def processing(claim: Claim = FIRST, **facts: Any) -> dict[str, Any]:
    """The record after a claim."""
    return {
        "image_id": claim.image_id,
        "status": "processing",
        "open": "i",
        "sequencer": claim.sequencer,
        "execution": claim.execution,
        "source": {"bytes": 3, "version_id": "v"},
        **facts,
    }


def stored() -> dict[str, Any]:
    return plain(records.get("image"))


@pytest.fixture(autouse=True)
def claimed(account: Account) -> None:
    records.replace(processing(), None, CLAIMED)


def finished(status: str, **facts: Any) -> dict[str, Any]:
    record = processing(status=status, processed_at=NOW)
    del record["open"]
    return record | facts


def test_a_record_is_put_only_where_there_is_none() -> None:
    with pytest.raises(ChangedError):
        records.replace(processing(SECOND), None, CLAIMED)
    assert stored() == processing()


def test_a_record_is_replaced_by_whoever_has_read_it_last() -> None:
    records.replace(processing(SECOND), records.get("image"), CLAIMED)
    with pytest.raises(ChangedError):
        records.replace(processing(Claim("image", "0C", "three")), processing(), CLAIMED)
    assert stored() == processing(SECOND)


@pytest.mark.parametrize("missing", ["sequencer", "execution"])
def test_a_record_that_nobody_has_claimed_is_replaced(missing: str) -> None:
    waiting = {"image_id": "other", "status": "pending", "sequencer": "0A", "execution": "one"}
    del waiting[missing]
    records.replace(waiting, None, CLAIMED)
    with pytest.raises(ChangedError):
        records.replace(
            processing(), {**waiting, missing: "another"} | {"image_id": "other"}, CLAIMED
        )
    records.replace({**processing(), "image_id": "other"}, records.get("other"), CLAIMED)
    assert (records.get("other") or {})["status"] == "processing"


def test_finishing_adds_status_time_and_facts() -> None:
    records.finish(FIRST, Status.REVIEW, {"reason": "moderation_review"})
    assert stored() == finished("review", reason="moderation_review")


def test_finishing_forgets_what_it_is_told_to() -> None:
    records.update(FIRST, {"last_approved": {}, "metadata": {}}, event("described"))
    record = records.finish(FIRST, Status.APPROVED, {}, ["last_approved"])
    assert plain(record) == stored() == finished("approved", metadata={})


def test_a_finished_record_that_others_have_lost_stays_open_for_the_sweep() -> None:
    records.note(FIRST, {"displaced": ["zero"]})
    records.finish(FIRST, Status.APPROVED, {})
    assert stored() == finished("approved", displaced=["zero"], open="i")


def test_the_time_is_utc_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now())


def test_an_execution_that_has_lost_its_claim_writes_nothing() -> None:
    records.replace(processing(SECOND), records.get("image"), CLAIMED)
    with pytest.raises(Superseded):
        records.finish(FIRST, Status.APPROVED, {"moderation": {}})
    with pytest.raises(Superseded):
        records.require_open_claim(FIRST)
    assert stored() == processing(SECOND)
    records.require_open_claim(SECOND)


def test_a_finished_record_is_no_longer_open() -> None:
    records.finish(FIRST, Status.APPROVED, {})
    with pytest.raises(Superseded):
        records.require_open_claim(FIRST)


def test_a_terminal_status_is_never_replaced_by_another() -> None:
    records.finish(FIRST, Status.APPROVED, {})
    records.finish(FIRST, Status.APPROVED, {})  # a retry
    with pytest.raises(Superseded):
        records.finish(FIRST, Status.REJECTED, {"reason": "corrupt"})
    with pytest.raises(Superseded):
        records.update(FIRST, {"metadata": {}}, event("described"))
    assert stored() == finished("approved")


def test_facts_of_every_type_survive_the_table() -> None:
    facts = {
        "status": "approved",  # a word that DynamoDB reserves
        "metadata": {"iso": 100, "f_number": 1.8, "exposure_time": 1e-05, "animated": False},
        "labels": [{"name": "ü\u2028", "confidence": 97.25}],
        "empty": [],
    }
    records.update(FIRST, facts, event("described"))
    record = records.get("image") or {}
    assert {name: record[name] for name in facts} == facts


def test_an_unknown_image_has_no_record() -> None:
    assert records.get("unknown") is None


def test_a_record_is_read_consistently() -> None:
    """An eventually consistent read could miss the claim of a newer upload."""
    asked: list[dict[str, Any]] = []
    events, name = aws.dynamodb().meta.events, "provide-client-params.dynamodb.GetItem"

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    events.register(name, note)
    records.get("image")
    events.unregister(name, note)
    assert [params["ConsistentRead"] for params in asked] == [True]
