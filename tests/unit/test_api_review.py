"""POST /images/{id}/review: who may decide about what, and what follows."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest

from api.errors import ConflictError
from api.review_rules import decided, decision_of
from image_pipeline import history
from image_pipeline.errors import Superseded
from image_pipeline.renditions_bucket import RenditionsBucket

from .claims import claim_for
from .commanding import ID, VERDICTS
from .conftest import RENDITIONS, UPLOADS
from .executions import KEY, claimed, image_of, publish_one, records, results, store, tags

if TYPE_CHECKING:
    from .commanding import Commanding
    from .conftest import Account

ANN = "arn:aws:iam::123456789012:user/ann"
STATUS_TAG = "image-pipeline-status"


def rerun(commands: Commanding) -> None:
    """Run the execution that a command has started, with the verdict that it had before."""
    ((name, event),) = commands.account.executions().items()
    assert name.startswith(f"rerun-{ID}-")
    upload, claim = claim_for(event, f"execution:{name}")
    prefix = publish_one(upload, claim)
    store(image_of(upload, claim), results(prefix, VERDICTS["rejected"]), commands.context)


def test_an_image_in_review_is_approved_at_once(commands: Commanding) -> None:
    commands.image("review")
    renditions = commands.record["renditions"]
    status, answer = commands.review("approve", reason="harmless", note="A statue.")
    assert (status, answer["status"]) == (200, "approved")
    record = commands.record
    assert record["status"] == "approved"
    assert not record.keys() & {"reason", "message", "open", "awaits", "settling"}
    assert record["renditions"] == renditions
    assert commands.renditions() == 1  # the converted picture was deleted with the verdict
    assert commands.announced() == [("approved", None)]
    assert record["decision"] == answer["decision"]
    assert {**record["decision"], "at": ""} == {
        "decision": "approve",
        "by": ANN,
        "at": "",
        "reason": "harmless",
        "note": "A statue.",
        "version": record["source"]["version_id"],
    }


def test_an_image_in_review_is_rejected_with_its_renditions(
    account: Account, commands: Commanding
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    store(image_of(upload, claim), results(prefix, VERDICTS["review"]), commands.context)
    status, answer = commands.review("reject")
    assert (status, answer["status"], answer["reason"]) == (200, "rejected", "review_rejected")
    record = commands.record
    assert (record["status"], record["renditions"]) == ("rejected", [])
    assert "placeholder" not in record
    assert record["metadata" if "metadata" in record else "source"]
    assert commands.renditions() == 0
    assert tags(account, upload) == {STATUS_TAG: "rejected"}
    assert commands.announced() == [("rejected", "review_rejected")]


def test_a_decision_is_in_the_history(commands: Commanding) -> None:
    commands.image("review")
    commands.review("reject", reason="logo", note="Not ours.")
    *_, decided, rejected, announced = commands.record[history.HISTORY]
    assert (decided["type"], decided["by"], decided["decision"]) == ("decided", ANN, "reject")
    assert (decided["why"], decided["note"]) == ("logo", "Not ours.")
    assert (rejected["type"], rejected["why"]) == ("rejected", "review_rejected")
    assert announced["type"] == "announced"
    assert history.rebuilt(commands.record[history.HISTORY]) == history.facts(commands.record)


def test_the_etag_of_the_answer_is_that_of_the_image(commands: Commanding) -> None:
    commands.image("review")
    given = {"decision": "approve"}
    answer = commands.answer("POST", "review", given, if_match=commands.tag)
    tag = answer["headers"]["etag"]
    assert commands.answer("POST", "review", {"decision": "reject"}, if_match=tag)[
        "statusCode"
    ] == (200)
    assert commands.announced() == [("approved", None), ("rejected", "review_rejected")]


@pytest.mark.parametrize("if_match", [None, "*"])
def test_the_image_as_it_was_seen_has_to_be_named(
    commands: Commanding, if_match: str | None
) -> None:
    commands.image("review")
    headers = {"if_match": if_match} if if_match else {}
    status, problem = commands.ask("POST", "review", {"decision": "approve"}, **headers)
    assert (status, problem["code"]) == (428, "precondition_required")
    assert commands.record["status"] == "review"


def test_an_image_that_has_changed_is_not_decided_about(commands: Commanding) -> None:
    commands.image("review")
    weak = f"W/{commands.tag}"
    for if_match in ('"1"', '"1-7"', weak, '"other"', '""'):
        status, problem = commands.ask("POST", "review", {"decision": "reject"}, if_match=if_match)
        assert (status, problem["code"]) == (412, "precondition_failed"), if_match
    assert (commands.record["status"], commands.announced()) == ("review", [])


def test_of_two_reviewers_at_once_one_decides(
    commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("review")
    genuine = type(records).amend
    answers = []

    def amend(*given: Any) -> Any:
        monkeypatch.undo()
        answers.append(commands.review("reject"))
        return genuine(*given)

    monkeypatch.setattr(type(records), "amend", amend)
    status, problem = commands.review("approve")
    assert (status, problem["code"]) == (412, "precondition_failed")
    assert [each[0] for each in answers] == [200]
    assert commands.record["status"] == "rejected"
    assert commands.announced() == [("rejected", "review_rejected")]


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_a_decision_that_confirms_is_recorded_and_not_announced(
    commands: Commanding, status: str
) -> None:
    commands.image(status)
    before = commands.record
    code, _ = commands.review(status.removesuffix("ed").replace("approv", "approve"))
    record = commands.record
    assert (code, record["status"], record.get("reason")) == (200, status, before.get("reason"))
    assert record["decision"]["by"] == ANN
    assert commands.announced() == []


def test_an_approval_of_what_has_no_renditions_any_more_makes_them_again(
    account: Account, commands: Commanding
) -> None:
    commands.image("rejected")
    assert commands.renditions() == 0
    status, answer = commands.review("approve")
    assert (status, answer["status"]) == (202, "rejected")
    assert commands.announced() == []
    rerun(commands)
    record = commands.record
    assert (record["status"], "reason" in record) == ("approved", False)
    assert record["decision"]["decision"] == "approve"
    assert commands.renditions() == 1
    assert not record.keys() & {"open", "awaits", "settling"}
    assert account.s3.list_object_versions(Bucket=UPLOADS)["Versions"]


def test_what_was_approved_can_be_rejected_and_approved_again(
    account: Account, commands: Commanding
) -> None:
    commands.image("approved")
    commands.review("reject")
    assert commands.renditions() == 0
    first = commands.sweep.announced()
    commands.review("approve")
    rerun(commands)
    commands.review("reject")
    second = commands.sweep.announced()
    assert [each["status"] for each in (*first, *second)] == ["rejected", "rejected"]
    assert first[0]["id"] != second[0]["id"]
    assert len(account.executions()) == 1


def test_a_decision_holds_when_the_same_version_is_processed_again(commands: Commanding) -> None:
    commands.image("review")
    commands.review("approve")
    assert commands.ask("POST", "reprocess")[0] == 202
    rerun(commands)
    assert commands.record["status"] == "approved"


def test_a_new_version_is_judged_without_the_decision_about_the_last(
    account: Account, commands: Commanding
) -> None:
    commands.image("review")
    commands.review("approve")
    claimed(account, "0B", "two")
    assert "decision" not in commands.record
    assert commands.record["last_approved"]["renditions"]


@pytest.mark.parametrize("decision", ["approve", "reject"])
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("pending", None),
        ("processing", None),
        ("failed", "internal_error"),
        ("rejected", "corrupt"),
        ("rejected", "too_expensive"),
        ("deleted", "object_deleted"),
    ],
)
def test_nothing_else_can_be_decided_about(status: str, reason: str | None, decision: str) -> None:
    record = {"image_id": ID, "status": status, **({"reason": reason} if reason else {})}
    with pytest.raises(ConflictError):
        decided(record, decision_of(record, {"decision": decision}, ANN))


def test_a_refused_decision_changes_nothing(commands: Commanding) -> None:
    known = {"image_id": ID, "key": KEY, "status": "rejected", "reason": "corrupt"}
    records.replace(known, None, [history.event("created")])
    before = commands.record
    status, problem = commands.review("approve")
    assert (status, problem["code"]) == (409, "conflict")
    assert (commands.record, commands.announced()) == (before, [])


def test_a_malformed_decision_is_refused(commands: Commanding) -> None:
    commands.image("review")
    malformed: list[Any] = [
        {},
        {"decision": "maybe"},
        {"decision": "approve", "why": "x"},
        {"decision": "approve", "reason": "x" * 201},
        {"decision": "approve", "reason": "two\nlines"},
        {"decision": "approve", "note": "x" * 2001},
        {"decision": "approve", "note": 1},
        {"decision": "approve", "note": "\ud800"},
        [],
    ]
    for body in malformed:
        status, problem = commands.ask("POST", "review", body, if_match=commands.tag)
        assert (status, problem["code"]) == (400, "bad_request"), body
    assert commands.record["status"] == "review"


def test_only_what_is_approved_has_the_tag_that_cloudfront_asks_for(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("review")
    module = importlib.import_module("apiwrite.handler")
    delivered = RenditionsBucket(RENDITIONS, "a distribution")
    monkeypatch.setattr(module, "writes", module.writes._replace(renditions_bucket=delivered))
    (rendition,) = commands.record["renditions"]
    assert account.s3.get_object_tagging(Bucket=RENDITIONS, Key=rendition["key"])["TagSet"] == []
    commands.ask("POST", "review", {"decision": "approve"}, if_match='"1"')
    assert account.s3.get_object_tagging(Bucket=RENDITIONS, Key=rendition["key"])["TagSet"] == []
    commands.review("approve")
    tagging = account.s3.get_object_tagging(Bucket=RENDITIONS, Key=rendition["key"])
    assert tagging["TagSet"] == [{"Key": STATUS_TAG, "Value": "approved"}]


def test_a_late_event_changes_no_decision(account: Account, commands: Commanding) -> None:
    event, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    store(image_of(upload, claim), results(prefix, VERDICTS["review"]), commands.context)
    commands.review("reject")
    with pytest.raises(Superseded):
        claim_for(event, "late")
    assert commands.record["status"] == "rejected"


def test_the_upload_of_an_approved_image_does_not_expire(
    account: Account, commands: Commanding
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    records.update(claim, {"tagged": True}, history.event("noted"))
    account.s3.put_object_tagging(
        Bucket=UPLOADS,
        Key=KEY,
        VersionId=upload.object.version_id or "",
        Tagging={"TagSet": [{"Key": STATUS_TAG, "Value": "rejected"}]},
    )
    store(image_of(upload, claim), results(prefix, VERDICTS["review"]), commands.context)
    commands.review("approve")
    assert tags(account, upload) == {STATUS_TAG: "kept"}


def test_a_repeated_decision_with_a_key_is_made_once(commands: Commanding) -> None:
    commands.image("review")
    asked = {"decision": "approve"}, {"if_match": commands.tag, "idempotency_key": "k"}
    first = commands.answer("POST", "review", asked[0], **asked[1])
    assert commands.answer("POST", "review", asked[0], **asked[1]) == first
    assert commands.announced() == [("approved", None)]
