"""Who may write a record: the newest upload, under the execution that claimed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from image_pipeline.errors import Superseded
from image_pipeline.identity import comparable_sequencer
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.records import Records
from image_pipeline.status import Status

if TYPE_CHECKING:
    from .conftest import Account

records = Records("images")


def upload(sequencer: str) -> Upload:
    return Upload(S3Object("uploads", "uploads/a.jpg", sequencer), 3, sequencer, "2026-05-01Z")


def claim(sequencer: str, execution: str) -> Claim:
    return Claim("image", comparable_sequencer(sequencer), execution)


def test_the_first_claim_starts_a_record_in_processing(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    record = records.get("image")
    assert record is not None
    assert record["status"] == "processing"
    assert record["key"] == "uploads/a.jpg"
    assert record["source"] == {"bytes": 3, "version_id": "0A"}


def test_a_newer_upload_takes_the_record_over_and_starts_afresh(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.REJECTED, {"reason": "corrupt"})
    records.claim(claim("0B", "two"), upload("0B"))
    record = records.get("image")
    assert record is not None
    assert record["status"] == "processing"
    assert "reason" not in record


@pytest.mark.parametrize(
    ("sequencer", "execution"), [("09", "two"), ("0A", "two")], ids=["older", "duplicate"]
)
def test_a_late_or_duplicate_event_changes_nothing(
    account: Account, sequencer: str, execution: str
) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    before = records.get("image")
    with pytest.raises(Superseded):
        records.claim(claim(sequencer, execution), upload(sequencer))
    assert records.get("image") == before


def test_a_retry_under_the_same_execution_claims_again(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.claim(claim("0A", "one"), upload("0A"))
    assert (records.get("image") or {})["execution"] == "one"


def test_the_same_event_may_be_started_again_after_a_failure(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.FAILED, {})
    records.claim(claim("0A", "two"), upload("0A"))
    assert (records.get("image") or {})["status"] == "processing"


def test_whoever_lost_the_claim_writes_nothing(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.claim(claim("0B", "two"), upload("0B"))
    with pytest.raises(Superseded):
        records.finish(claim("0A", "one"), Status.APPROVED, {"moderation": {}})
    assert (records.get("image") or {})["status"] == "processing"
    with pytest.raises(Superseded):
        records.require_open_claim(claim("0A", "one"))
    records.require_open_claim(claim("0B", "two"))


def test_a_finished_record_is_no_longer_open(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.APPROVED, {})
    with pytest.raises(Superseded):
        records.require_open_claim(claim("0A", "one"))


def test_a_new_outcome_leaves_no_explanation_of_an_earlier_one(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.FAILED, {"reason": "timed_out", "message": "late"})
    records.claim(claim("0A", "two"), upload("0A"))
    records.finish(claim("0A", "two"), Status.APPROVED, {})
    record = records.get("image") or {}
    assert record["status"] == "approved"
    assert not {"reason", "message"} & record.keys()


def test_an_outcome_is_replaced_by_no_other(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.APPROVED, {})
    records.finish(claim("0A", "one"), Status.APPROVED, {})  # a retry
    with pytest.raises(Superseded):
        records.finish(claim("0A", "one"), Status.REJECTED, {"reason": "corrupt"})
    with pytest.raises(Superseded):
        records.update(claim("0A", "one"), {"metadata": {}})
    assert "reason" not in (records.get("image") or {})


def test_whoever_starts_over_takes_the_record_from_its_own_execution(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    for _ in range(2):  # the second is a retry
        ending = records.start_over(claim("0A", "one"), upload("0A"))
    with pytest.raises(Superseded):
        records.require_open_claim(claim("0A", "one"))
    records.finish(ending, Status.FAILED, {})
    with pytest.raises(Superseded):
        records.claim(claim("0A", "one"), upload("0A"))
    records.claim(claim("0A", "two"), upload("0A"))


def test_facts_of_every_kind_survive_the_table(account: Account) -> None:
    facts = {
        "status": "approved",  # a word that DynamoDB reserves
        "metadata": {"iso": 100, "f_number": 1.8, "exposure_time": 1e-05, "animated": False},
        "labels": [{"name": "ü\u2028", "confidence": 97.25}],
        "empty": [],
    }
    records.claim(claim("0A", "one"), upload("0A"))
    records.update(claim("0A", "one"), facts)
    record = records.get("image") or {}
    assert {name: record[name] for name in facts} == facts


def test_there_is_no_record_of_an_unknown_image(account: Account) -> None:
    assert records.get("nobody") is None


def test_an_invocation_that_was_given_up_wipes_nothing_when_it_claims_late(
    account: Account,
) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.update(claim("0A", "one"), {"metadata": {"width": 1}})
    records.claim(claim("0A", "one"), upload("0A"))
    assert (records.get("image") or {})["metadata"] == {"width": 1}
    records.finish(claim("0A", "one"), Status.APPROVED, {})
    with pytest.raises(Superseded):
        records.claim(claim("0A", "one"), upload("0A"))
    assert (records.get("image") or {})["status"] == "approved"


def test_only_an_open_record_is_taken_from_its_execution(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.abandon(claim("0A", "one"))
    records.claim(claim("0A", "two"), upload("0A"))
    records.finish(claim("0A", "two"), Status.APPROVED, {})
    for execution in ("one", "two"):
        with pytest.raises(Superseded):
            records.abandon(claim("0A", execution))
    assert (records.get("image") or {})["status"] == "approved"
