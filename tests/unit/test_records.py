"""The rule for who may write a record, and what every write leaves in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws
from image_pipeline import records as module
from image_pipeline.errors import Superseded
from image_pipeline.identity import comparable_sequencer
from image_pipeline.models import Claim, S3Object, Upload
from image_pipeline.records import Records
from image_pipeline.status import Status

from .conftest import NOW

if TYPE_CHECKING:
    from .conftest import Account

records = Records("images")
pytestmark = pytest.mark.usefixtures("stopped_clock")


def upload(sequencer: str) -> Upload:
    return Upload(S3Object("uploads", "uploads/a.jpg", sequencer), 3, sequencer, "2026-05-01Z")


def claim(sequencer: str, execution: str) -> Claim:
    return Claim("image", comparable_sequencer(sequencer), execution)


def test_the_first_claim_starts_a_record_in_processing(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    assert records.get("image") == processing("0A", "one")


def processing(sequencer: str, execution: str) -> dict[str, Any]:
    """The whole record after a claim."""
    return {
        "image_id": "image",
        "status": "processing",
        "key": "uploads/a.jpg",
        "uploaded_at": "2026-05-01Z",
        "claimed_at": NOW,
        "sequencer": comparable_sequencer(sequencer),
        "execution": execution,
        "source": {"bytes": 3, "version_id": sequencer},
    }


def test_a_record_of_an_upload_without_a_version_has_none(account: Account) -> None:
    unversioned = replace(upload("0A"), object=S3Object("uploads", "uploads/a.jpg"))
    records.claim(claim("0A", "one"), unversioned)
    assert records.get("image") == processing("0A", "one") | {"source": {"bytes": 3}}


def test_finishing_adds_status_time_and_facts(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.REVIEW, {"reason": "moderation_review"})
    assert records.get("image") == processing("0A", "one") | {
        "status": "review",
        "reason": "moderation_review",
        "processed_at": NOW,
    }


def test_abandoning_fails_the_record_as_stuck(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.abandon(claim("0A", "one"))
    assert records.get("image") == processing("0A", "one") | {
        "status": "failed",
        "reason": "stuck",
        "processed_at": NOW,
    }


def test_starting_over_moves_the_claim_to_a_new_holder(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.update(claim("0A", "one"), {"metadata": {}})
    moved = records.start_over(claim("0A", "one"), upload("0A"))
    assert moved == claim("0A", "one/ending")
    assert records.get("image") == processing("0A", "one/ending")


@pytest.mark.parametrize("status", [None, *Status])
def test_a_newer_upload_replaces_the_record_in_any_status(
    account: Account, status: Status | None
) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    if status:
        records.finish(claim("0A", "one"), status, {"reason": "corrupt", "metadata": {}})
    records.claim(claim("0B", "two"), upload("0B"))
    assert records.get("image") == processing("0B", "two")


def test_a_refused_claim_tells_the_current_record(account: Account) -> None:
    records.claim(claim("0B", "two"), upload("0B"))
    with pytest.raises(Superseded) as refusal:
        records.claim(claim("0A", "one"), upload("0A"))
    assert refusal.value.record == processing("0B", "two")


def test_the_table_keeps_the_position_of_the_sweep(account: Account) -> None:
    assert records.sweep_position() == ""
    records.save_sweep_position("uploads/m")
    assert records.sweep_position() == "uploads/m"
    records.save_sweep_position("")
    assert records.sweep_position() == ""


def test_the_time_is_utc_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", module.now())


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


def test_a_retry_of_the_same_execution_keeps_its_claim(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.claim(claim("0A", "one"), upload("0A"))
    assert (records.get("image") or {})["execution"] == "one"


def test_another_execution_may_claim_after_a_failure(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.FAILED, {})
    records.claim(claim("0A", "two"), upload("0A"))
    assert (records.get("image") or {})["status"] == "processing"


def test_an_execution_that_has_lost_its_claim_writes_nothing(account: Account) -> None:
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


def test_a_new_claim_removes_the_explanation_of_the_failure_before(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.FAILED, {"reason": "timed_out", "message": "late"})
    records.claim(claim("0A", "two"), upload("0A"))
    records.finish(claim("0A", "two"), Status.APPROVED, {})
    record = records.get("image") or {}
    assert record["status"] == "approved"
    assert not {"reason", "message"} & record.keys()


def test_a_terminal_status_is_never_replaced_by_another(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.finish(claim("0A", "one"), Status.APPROVED, {})
    records.finish(claim("0A", "one"), Status.APPROVED, {})  # a retry
    with pytest.raises(Superseded):
        records.finish(claim("0A", "one"), Status.REJECTED, {"reason": "corrupt"})
    with pytest.raises(Superseded):
        records.update(claim("0A", "one"), {"metadata": {}})
    assert "reason" not in (records.get("image") or {})


def test_an_execution_that_starts_over_cannot_claim_again(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    for _ in range(2):  # the second is a retry
        ending = records.start_over(claim("0A", "one"), upload("0A"))
    with pytest.raises(Superseded):
        records.require_open_claim(claim("0A", "one"))
    records.finish(ending, Status.FAILED, {})
    with pytest.raises(Superseded):
        records.claim(claim("0A", "one"), upload("0A"))
    records.claim(claim("0A", "two"), upload("0A"))


def test_facts_of_every_type_survive_the_table(account: Account) -> None:
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


def test_an_unknown_image_has_no_record(account: Account) -> None:
    assert records.get("unknown") is None


def test_a_late_claim_of_an_abandoned_invocation_overwrites_nothing(
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


def test_only_an_open_record_is_abandoned(account: Account) -> None:
    records.claim(claim("0A", "one"), upload("0A"))
    records.abandon(claim("0A", "one"))
    records.claim(claim("0A", "two"), upload("0A"))
    records.finish(claim("0A", "two"), Status.APPROVED, {})
    for execution in ("one", "two"):
        with pytest.raises(Superseded):
            records.abandon(claim("0A", execution))
    assert (records.get("image") or {})["status"] == "approved"


def test_a_record_is_read_consistently(account: Account) -> None:
    """An eventually consistent read could miss the claim of a newer upload."""
    asked: list[dict[str, Any]] = []
    events, name = aws.dynamodb().meta.events, "provide-client-params.dynamodb.GetItem"

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params)

    events.register(name, note)
    records.get("image")
    events.unregister(name, note)
    assert [params["ConsistentRead"] for params in asked] == [True]
