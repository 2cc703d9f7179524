"""Which execution works on what: the record follows what the bucket holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.claim_rules import is_free, last_approved
from image_pipeline.current import Current, current
from image_pipeline.errors import Superseded
from image_pipeline.events import RERUN, SWEEP, event_from, look_at
from image_pipeline.history import event as told
from image_pipeline.identity import comparable_sequencer, following_sequencer, image_id
from image_pipeline.models import Claim
from image_pipeline.records import ChangedError, Records
from image_pipeline.status import Status
from tests.support.records import plain
from tests.unit.claims import claim_for

from .conftest import NOW, TABLE, UPLOADS

if TYPE_CHECKING:
    from .conftest import Account

pytestmark = pytest.mark.usefixtures("stopped_clock")
KEY = "uploads/a.jpg"
ID = image_id(KEY)
records = Records(TABLE)
TIME = "2026-05-01T12:00:00Z"


def put(account: Account, sequencer: str = "0A", body: bytes = b"data") -> dict[str, Any]:
    """Upload an object; return the event that S3 sends."""
    return account.created(account.upload(KEY, body), len(body), sequencer)


def delete(account: Account, sequencer: str, version: str | None = None) -> dict[str, Any]:
    """Delete an object, or one version of it; return the event that S3 sends."""
    named: Any = {"VersionId": version} if version else {}
    answer = account.s3.delete_object(Bucket=UPLOADS, Key=KEY, **named)
    about = {"key": KEY, "sequencer": sequencer, "version-id": answer["VersionId"]}
    detail = {"bucket": {"name": UPLOADS}, "object": about}
    return {"source": "aws.s3", "detail-type": "Object Deleted", "time": TIME, "detail": detail}


def version_in(event: dict[str, Any]) -> str:
    return str(event["detail"]["object"]["version-id"])


def record() -> dict[str, Any]:
    return records.get(ID) or {}


def finish(claim: Claim, status: Status = Status.APPROVED, **facts: Any) -> None:
    records.finish(claim, status, facts)


def test_a_claim_opens_a_record(account: Account) -> None:
    event = put(account)
    claim_for(event, "one")
    assert plain(record()) == {
        "image_id": ID,
        "status": "processing",
        "open": ID[0],
        "key": KEY,
        "uploaded_at": TIME,
        "claimed_at": NOW,
        "sequencer": comparable_sequencer("0A"),
        "announced_as": "0A",
        "execution": "one",
        "source": {"bytes": 4, "version_id": version_in(event)},
    }


def test_a_retry_of_the_same_execution_keeps_its_claim_and_its_version(account: Account) -> None:
    event = put(account)
    first = claim_for(event, "one")
    records.update(first[1], {"metadata": {"width": 1}}, told("described"))
    put(account, "0B")
    assert claim_for(event, "one") == first
    assert record()["metadata"] == {"width": 1}


@pytest.mark.parametrize("status", list(Status))
def test_a_newer_upload_replaces_the_record_in_any_status(account: Account, status: Status) -> None:
    _, claim = claim_for(put(account), "one")
    finish(claim, status, reason="corrupt", metadata={})
    claim_for(put(account, "0B"), "two")
    assert (record()["status"], record()["execution"]) == ("processing", "two")
    assert not {"reason", "metadata", "processed_at"} & record().keys()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
def test_every_order_of_events_ends_with_the_newest_upload(
    account: Account, order: tuple[int, ...]
) -> None:
    events = [put(account, f"0{number}") for number in range(3)]
    claims = []
    for number in order:
        try:
            claims.append(claim_for(events[number], f"execution-{number}"))
        except Superseded:
            continue
    ((upload, _),) = claims  # the first event is enough
    assert upload.object.version_id == version_in(events[2])


@pytest.mark.parametrize("sequencer", ["0A", "0F"], ids=["the same", "larger"])
@pytest.mark.parametrize("status", [Status.APPROVED, Status.REVIEW, Status.REJECTED])
def test_a_finished_version_is_not_judged_again(
    account: Account, status: Status, sequencer: str
) -> None:
    event = put(account)
    _, claim = claim_for(look_at(UPLOADS, KEY, SWEEP, TIME), "one")
    finish(claim, status, reason="corrupt")
    before = record()
    event["detail"]["object"]["sequencer"] = sequencer
    with pytest.raises(Superseded):
        claim_for(event, "two")
    assert record() == before


@pytest.mark.parametrize(
    ("status", "reason"),
    [(Status.FAILED, "internal_error"), (Status.REJECTED, "too_expensive")],
)
def test_what_may_be_the_fault_of_the_pipeline_is_judged_again(
    account: Account, status: Status, reason: str
) -> None:
    event = put(account)
    _, claim = claim_for(event, "one")
    finish(claim, status, reason=reason)
    with pytest.raises(Superseded):
        claim_for(event, "one")  # a late invocation of the execution that has ended
    claim_for(event, "two")
    assert (record()["status"], record()["execution"]) == ("processing", "two")


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REVIEW, Status.REJECTED])
def test_a_rerun_judges_everything_that_is_finished(account: Account, status: Status) -> None:
    _, claim = claim_for(put(account), "one")
    rerun = look_at(UPLOADS, KEY, RERUN, TIME)
    with pytest.raises(Superseded):
        claim_for(rerun, "two")
    finish(claim, status, reason="moderation_unavailable")
    claim_for(rerun, "two")
    assert record()["execution"] == "two"


@pytest.mark.parametrize("version", [None, "newest"], ids=["marker", "version"])
def test_a_deletion_is_claimed_without_a_version(account: Account, version: str | None) -> None:
    event = put(account)
    _, claim = claim_for(event, "one")
    finish(claim, renditions=[{"key": "large"}])
    upload, _ = claim_for(delete(account, "0B", version and version_in(event)), "two")
    assert upload.version is None
    assert "source" not in record()
    assert "last_approved" not in record()
    finish(claim_of("two"), Status.DELETED)
    for late in (event, put_and_delete(account)):
        with pytest.raises(Superseded):
            claim_for(late, "three")


def claim_of(execution: str) -> Claim:
    return Claim(ID, record()["sequencer"], execution)


def put_and_delete(account: Account) -> dict[str, Any]:
    event = put(account, "0C")
    delete(account, "0D")
    return event


def test_a_deletion_that_the_upload_itself_has_recorded_is_not_told_again(account: Account) -> None:
    event = put(account)
    claim_for(event, "one")
    marker = delete(account, "0B")
    finish(claim_of("one"), Status.DELETED)
    before = record()
    assert before["source"]["version_id"] == version_in(event)
    with pytest.raises(Superseded):
        claim_for(marker, "two")
    assert record() == before
    upload, _ = claim_for(delete(account, "0C", version_in(marker)), "three")
    assert upload.object.version_id == version_in(event)


def test_the_deletion_of_an_old_version_changes_nothing(account: Account) -> None:
    old, new = put(account), put(account, "0B")
    _, claim = claim_for(new, "one")
    finish(claim)
    with pytest.raises(Superseded):
        claim_for(delete(account, "0C", version_in(old)), "two")


def test_an_older_version_that_becomes_current_again_is_claimed(account: Account) -> None:
    old, new = put(account), put(account, "0B")
    _, claim = claim_for(new, "one")
    finish(claim)
    upload, claim = claim_for(delete(account, "0C", version_in(new)), "two")
    assert upload.object.version_id == version_in(old)
    assert claim.sequencer == comparable_sequencer("0C")


def test_an_undeleted_version_is_claimed_again(account: Account) -> None:
    event = put(account)
    claim_for(event, "one")
    marker = delete(account, "0B")
    claim_for(marker, "two")
    finish(claim_of("two"), Status.DELETED)
    upload, _ = claim_for(delete(account, "0C", version_in(marker)), "three")
    assert upload.object.version_id == version_in(event)


def test_a_late_deletion_of_what_is_back_changes_nothing(account: Account) -> None:
    event = put(account)
    _, claim = claim_for(event, "one")
    finish(claim)
    marker = delete(account, "0B")
    undelete = delete(account, "0C", version_in(marker))
    for late in (undelete, marker):
        with pytest.raises(Superseded):
            claim_for(late, "two")


def test_an_upload_that_is_gone_before_it_was_known_has_a_record(account: Account) -> None:
    event = put(account)
    deletion = delete(account, "0B")
    with pytest.raises(Superseded):
        claim_for(deletion, "one")
    assert record() == {}
    upload, _ = claim_for(event, "two")
    assert upload.version is None


@pytest.mark.parametrize("is_there", [True, False], ids=["there", "gone"])
def test_a_folder_made_in_the_console_is_no_upload(account: Account, is_there: bool) -> None:
    source = account.upload("uploads/folder/", b"")
    if not is_there:
        account.s3.delete_object(Bucket=UPLOADS, Key=source.key)
    with pytest.raises(Superseded):
        claim_for(account.created(source, 0), "one")
    assert records.get(image_id("uploads/folder/")) is None


def test_a_key_that_ends_in_a_slash_may_hold_a_picture(account: Account) -> None:
    source = account.upload("uploads/folder/", b"data")
    claim_for(account.created(source, 4), "one")
    assert records.get(image_id("uploads/folder/"))


def test_two_claims_at_once_leave_one(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    older = put(account)
    newer: list[Any] = []
    genuine = current

    def overwritten_meanwhile(bucket: str, key: str) -> Any:
        found = genuine(bucket, key)
        if not newer:
            newer.append(put(account, "0B"))
            claim_for(newer[0], "two")
        return found

    monkeypatch.setattr("image_pipeline.claiming.current", overwritten_meanwhile)
    with pytest.raises(Superseded):
        claim_for(older, "one")
    assert record()["execution"] == "two"
    assert record()["source"]["version_id"] == version_in(newer[0])


def test_who_owns_an_image_and_since_when_it_is_known_outlive_every_claim(
    account: Account,
) -> None:
    pending = {"image_id": ID, "status": "pending", "key": KEY, "owner": "mia", "expires": 1}
    records.replace(pending, None, [told("created", "mia")])
    known = record()
    claim_for(put(account), "one")
    assert {name: record()[name] for name in ("owner", "created_at", "position")} == {
        name: known[name] for name in ("owner", "created_at", "position")
    }
    assert "expires" not in record()
    assert [(each["type"], each["by"]) for each in record()["history"]] == [
        ("created", "mia"),
        ("uploaded", "mia"),
        ("claimed", "pipeline"),
    ]


def test_a_decision_is_about_one_version(account: Account) -> None:
    first = claim_for(put(account), "one")
    finish(first[1], Status.REVIEW)
    decided = {"decision": "approve", "by": "mia"}
    records.amend(record(), {"decision": decided}, (), [told("decided", "mia")])
    claim_for(look_at(UPLOADS, KEY, RERUN, TIME), "two")
    assert record()["decision"] == decided
    claim_for(put(account, "0B"), "three")
    assert "decision" not in record()


def test_an_upload_that_was_announced_but_is_gone_ends_its_pending_record(
    account: Account,
) -> None:
    records.replace(
        {"image_id": ID, "status": "pending", "key": KEY}, None, [told("created", "mia")]
    )
    event = put(account)
    account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    with pytest.raises(Superseded):
        claim_for(look_at(UPLOADS, KEY, RERUN, TIME), "one")
    claim_for(event, "two")
    assert record()["status"] == "processing"


def test_a_record_that_keeps_changing_is_left_to_others(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed(*_: Any) -> None:
        raise ChangedError

    monkeypatch.setattr(Records, "replace", changed)
    with pytest.raises(Superseded):
        claim_for(put(account), "one")


def test_the_sequencer_never_shrinks(account: Account) -> None:
    _, first = claim_for(put(account, "0B"), "one")
    put(account, "0C")
    _, second = claim_for(look_at(UPLOADS, KEY, SWEEP, TIME), "two")
    assert second.sequencer == following_sequencer("0B")
    finish(replace(second), Status.FAILED)
    _, third = claim_for(look_at(UPLOADS, KEY, SWEEP, TIME), "three")
    assert first.sequencer < second.sequencer == third.sequencer


def test_restarts_by_the_sweep_are_counted_for_one_version(account: Account) -> None:
    _, claim = claim_for(put(account), "one")
    for number in (1, 2):
        finish(claim, Status.FAILED)
        _, claim = claim_for(look_at(UPLOADS, KEY, SWEEP, TIME), f"sweep-{number}")
        assert record()["restarts"] == number
    claim_for(put(account, "0B"), "two")
    assert "restarts" not in record()


def test_executions_that_lose_the_record_at_work_are_remembered(account: Account) -> None:
    claim_for(put(account), "one")
    _, claim = claim_for(put(account, "0B"), "two")
    finish(claim)
    claim_for(put(account, "0C"), "three")
    assert record()["displaced"] == ["one"]


def test_the_last_approved_version_stays_known(account: Account) -> None:
    event = put(account)
    _, claim = claim_for(event, "one")
    finish(claim, renditions=[{"key": "a"}], placeholder={"blurhash": "L"})
    kept = {
        "version_id": version_in(event),
        "uploaded_at": TIME,
        "processed_at": NOW,
        "renditions": [{"key": "a"}],
        "placeholder": {"blurhash": "L"},
    }
    _, claim = claim_for(put(account, "0B"), "two")
    assert record()["last_approved"] == kept
    finish(claim, Status.REJECTED, reason="corrupt")
    claim_for(put(account, "0C"), "three")
    assert record()["last_approved"] == kept
    claim_for(put(account, "0D"), "four", keep_last_approved=False)
    assert "last_approved" not in record()


def test_a_record_without_an_approved_version_keeps_none() -> None:
    assert last_approved({"status": "review", "renditions": [{}]}) is None


def test_an_object_without_a_version_is_told_by_content_and_time(account: Account) -> None:
    account.s3.put_bucket_versioning(
        Bucket=UPLOADS, VersioningConfiguration={"Status": "Suspended"}
    )
    account.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=b"one")
    event = look_at(UPLOADS, KEY, SWEEP, TIME)
    upload, claim = claim_for(event, "one")
    finish(claim)
    with pytest.raises(Superseded):
        claim_for(event, "two")
    account.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=b"two")
    newer, _ = claim_for(event, "three")
    assert newer.version != upload.version
    assert newer.object.etag


@pytest.mark.parametrize("archived", [True, False])
def test_an_archived_object_is_judged_once_it_is_restored(archived: bool) -> None:
    found = Current("v", "e", 4, TIME, archived)
    known = {"status": "rejected", "reason": "archived", "source": {"version_id": "v"}}
    restore = event_from(
        {
            "source": "aws.s3",
            "detail-type": "Object Restore Completed",
            "time": TIME,
            "detail": {"bucket": {"name": UPLOADS}, "object": {"key": KEY, "version-id": "v"}},
        }
    )
    assert is_free(known, found, restore, "two") is not archived
    at_work = {**known, "status": "processing", "archived": True, "execution": "one"}
    assert is_free(at_work, found, restore, "two") is not archived
    approved = {"status": "approved", "source": {"version_id": "v"}}
    assert not is_free(approved, found, restore, "two")
