"""The whole record and the whole notification of every outcome."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

from image_pipeline.errors import KilledElsewhere
from image_pipeline.estimate import Work, estimated
from image_pipeline.history import event
from image_pipeline.models import S3Object, to_dict
from metadata.extract import extract
from tests.support.pictures import file_of, quarters
from tests.support.records import plain

from .claims import claim_for
from .conftest import EXECUTION, NOW, RENDITIONS, UPLOADS
from .executions import KEY, claimed, image_of, publish_one, records, reject, results, store, tags

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload

    from .conftest import Account, Context

pytestmark = pytest.mark.usefixtures("stopped_clock")

ID = "r7uij5djcufxqn4rwn4jx52uv5"
SEQUENCER = "0A".ljust(64, "0")
UPLOADED_AT = "2026-05-01T12:00:00Z"
REFUSAL = "Try again: it may work."
PIPELINES_FAULT = (
    "The picture could not be processed because of an error in the pipeline; upload it again later."
)
TOO_EXPENSIVE = "Processing the picture takes more time or memory than allowed; make it smaller."
LABEL = {"name": "Violence", "parent": "", "level": 1, "confidence": 97.25}


def record_of(upload: Upload, status: str, execution: str = EXECUTION, **facts: Any) -> Any:
    return {
        "image_id": ID,
        "status": status,
        "key": KEY,
        "uploaded_at": UPLOADED_AT,
        "claimed_at": NOW,
        "processed_at": NOW,
        "sequencer": SEQUENCER,
        "announced_as": "0A",
        "execution": execution,
        "cost_usd": mock.ANY,  # below
        **facts,
    }


def without_words(outcome: dict[str, Any]) -> dict[str, Any]:
    """The part of an outcome that is for programs."""
    return {name: outcome[name] for name in outcome if name not in {"subject", "email"}}


def notification(upload: Upload, status: str, **explanation: str) -> Any:
    version = upload.object.version_id
    return {
        "status": status,
        "reason": explanation.get("reason", "none"),
        "message": {
            "id": f"{ID}/{version}/{status}",
            "image_id": ID,
            "status": status,
            **explanation,
            "key": KEY,
            "version_id": version,
            "sequencer": "0A",
            "uploaded_at": UPLOADED_AT,
            "processed_at": NOW,
        },
    }


def source_of(upload: Upload) -> dict[str, Any]:
    """What is known of the source of a JPEG that every step has read."""
    return {
        "format": "JPEG",
        "content_type": "image/jpeg",
        "bytes": 4,
        "version_id": upload.object.version_id,
        "sha256": "ab",
        "width": 8,
        "height": 6,
    }


@pytest.mark.parametrize(
    ("verdict", "explanation"),
    [
        ({"verdict": "approved", "labels": [], "model_version": "7.0"}, {}),
        (
            {
                "verdict": "review",
                "labels": [LABEL],
                "model_version": "7.0",
                "reason": "moderation_review",
            },
            {
                "reason": "moderation_review",
                "message": "This picture may not be suitable; it is waiting for manual review.",
            },
        ),
        (
            {"verdict": "review", "labels": [], "reason": "moderation_unavailable"},
            {
                "reason": "moderation_unavailable",
                "message": "This picture could not be checked; it is waiting for manual review.",
            },
        ),
        (
            {
                "verdict": "rejected",
                "labels": [LABEL],
                "model_version": "7.0",
                "reason": "moderation_rejected",
            },
            {
                "reason": "moderation_rejected",
                "message": "This picture is not allowed; upload a different one.",
            },
        ),
    ],
    ids=["approved", "review", "unavailable", "rejected"],
)
def test_a_verdict(
    account: Account, context: Context, verdict: dict[str, Any], explanation: dict[str, str]
) -> None:
    _, upload, claim = claimed(account)
    found = results(publish_one(upload, claim), verdict)
    status = verdict["verdict"]
    outcome = store(image_of(upload, claim), found, context)
    assert without_words(outcome) == notification(upload, status, **explanation)
    assert plain(records.get(ID)) == record_of(
        upload,
        status,
        **explanation,
        source=source_of(upload),
        renditions=[] if status == "rejected" else found["renditions"],
        moderation={name: fact for name, fact in verdict.items() if name != "reason"},
        # A rejected picture leaves nothing that could be painted.
        **({} if status == "rejected" else {"placeholder": found["placeholder"]}),
    )


@pytest.mark.parametrize(
    ("verdict", "judged"),
    [
        ({"verdict": "approved", "labels": [], "model_version": "7.0", "answers": 2}, 2),
        ({"verdict": "approved", "labels": [], "model_version": "7.0", "answers": 0}, 0),
        ({"verdict": "review", "labels": [], "reason": "moderation_unavailable"}, 0),
        # As the last release passes it.
        ({"verdict": "approved", "labels": [], "model_version": "7.0"}, 1),
    ],
)
def test_the_record_has_the_cost_of_what_was_done(
    account: Account, context: Context, verdict: dict[str, Any], judged: int
) -> None:
    _, upload, claim = claimed(account)
    found = results(publish_one(upload, claim), verdict)
    store(image_of(upload, claim), found, context)
    work = Work(EXECUTION, is_stored=True, pixels=8 * 6, renditions=1, judged=judged)
    record = records.get(ID) or {}
    assert record["cost_usd"] == estimated(work) > judged / 1000
    assert "answers" not in record["moderation"]


@pytest.mark.parametrize("status", ["approved", "review", "rejected"])
def test_the_record_keeps_what_each_step_says_it_has_applied(
    account: Account, context: Context, status: str
) -> None:
    _, upload, claim = claimed(account)
    verdict = {"verdict": status, "labels": [], "policy": "p", "engine": "e"}
    if status != "approved":
        verdict["reason"] = f"moderation_{status}"
    found = results(publish_one(upload, claim), verdict)
    found["placeholder"] |= {"made_with": "r"}
    found["source"] |= {"made_with": "m"}
    store(image_of(upload, claim), found, context)
    record = plain(records.get(ID))
    assert record["fingerprint"] == {
        "renditions": "r",
        "metadata": "m",
        "policy": "p",
        "engine": "e",
    }
    assert record["moderation"] == {"verdict": status, "labels": []}
    assert record["source"] == source_of(upload)
    assert "made_with" not in record.get("placeholder", {})


@pytest.mark.parametrize(
    ("decision", "status", "reason"),
    [("approve", "approved", None), ("reject", "rejected", "review_rejected")],
)
def test_a_decision_of_a_person_overrides_the_verdict(
    account: Account, context: Context, decision: str, status: str, reason: str | None
) -> None:
    _, upload, claim = claimed(account)
    decided = {"decision": decision, "by": "mia", "at": "2026-05-02T08:30:00.123Z"}
    records.note(claim, {"decision": decided})
    verdict = {"verdict": "review", "labels": [LABEL], "reason": "moderation_review"}
    outcome = store(image_of(upload, claim), results(publish_one(upload, claim), verdict), context)
    assert (outcome["status"], outcome["reason"]) == (status, reason or "none")
    found = records.get(ID) or {}
    assert (found["status"], found.get("reason")) == (status, reason)
    assert found["moderation"]["labels"] == [LABEL]
    assert bool(found["renditions"]) is (status == "approved")


def test_metadata_that_was_written_before_the_verdict_stays(
    account: Account, context: Context
) -> None:
    _, upload, claim = claimed(account)
    metadata = {"width": 8, "height": 6, "warnings": ["extension_mismatch"]}
    records.update(claim, {"metadata": metadata}, event("described"))
    store(image_of(upload, claim), results("", {"verdict": "approved", "labels": []}), context)
    assert (records.get(ID) or {})["metadata"] == metadata


def test_the_size_of_a_converted_upload_is_that_of_the_upload(
    account: Account, context: Context
) -> None:
    _, upload, claim = claimed(account)
    converted = {"bucket": RENDITIONS, "key": f"{publish_one(upload, claim)}converted.jpg"}
    image = image_of(upload, claim)
    image["facts"] |= {"format": "HEIF", "content_type": "image/heic"}
    image["picture"] = {"object": converted, "format": "JPEG", "bytes": 12_345}
    store(image, results("", {"verdict": "approved", "labels": []}), context)
    assert (records.get(ID) or {})["source"] == source_of(upload) | {
        "format": "HEIF",
        "content_type": "image/heic",
    }


def caught(error: str, cause: str = "") -> dict[str, str]:
    return {"Error": error, "Cause": cause}


VALIDATION = caught(
    "ValidationError",
    json.dumps({"errorType": "ValidationError", "errorMessage": f"corrupt: {REFUSAL}"}),
)


@pytest.mark.parametrize(
    ("error", "fault", "status", "explanation"),
    [
        (VALIDATION, {}, "rejected", ("corrupt", REFUSAL)),
        (caught("States.Timeout", "not JSON"), {}, "failed", ("timed_out", PIPELINES_FAULT)),
        (caught("Throttled"), {}, "failed", ("timed_out", PIPELINES_FAULT)),
        (
            caught("Lambda.TooManyRequestsException"),
            {"fault": "pipeline"},
            "failed",
            ("timed_out", PIPELINES_FAULT),
        ),
        (caught("ClientError", "{}"), {}, "failed", ("internal_error", PIPELINES_FAULT)),
        (VALIDATION, {"fault": "pipeline"}, "failed", ("internal_error", PIPELINES_FAULT)),
        (
            caught("Runtime.ExitError"),
            {"fault": "pipeline"},
            "failed",
            ("internal_error", PIPELINES_FAULT),
        ),
        (caught("States.Timeout"), {"fault": "pipeline"}, "failed", ("timed_out", PIPELINES_FAULT)),
        (VALIDATION, {"fault": "file"}, "rejected", ("corrupt", REFUSAL)),
    ],
    ids=lambda value: value.get("Error") if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("is_validated", [False, True], ids=["unread", "validated"])
def test_an_error(
    account: Account,
    context: Context,
    error: dict[str, str],
    fault: dict[str, str],
    status: str,
    explanation: tuple[str, str],
    is_validated: bool,
) -> None:
    event, upload, claim = claimed(account)
    source: dict[str, Any] = {"bytes": 4, "version_id": upload.object.version_id}
    if is_validated:
        event["image"] = image_of(upload, claim)
        source |= {"format": "JPEG", "content_type": "image/jpeg", "width": 8, "height": 6}
    reason, message = explanation
    outcome = reject({**event, "error": error}, EXECUTION, context, **fault)
    assert without_words(outcome) == notification(upload, status, reason=reason, message=message)
    assert plain(records.get(ID)) == record_of(
        upload, status, f"{EXECUTION}/ending", reason=reason, message=message, source=source
    )
    # Another attempt may accept what was too expensive.
    expires = status == "rejected" and reason != "too_expensive"
    expected_tags = {"image-pipeline-status": "rejected"} if expires else {}
    assert tags(account, upload) == expected_tags


@pytest.mark.parametrize(
    "kill", ["Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory", "Lambda.Unknown"]
)
def test_a_function_that_was_killed_while_decoding(
    account: Account, context: Context, kill: str
) -> None:
    event, upload, claim = claimed(account)
    records.note(claim, {"decoding": True})
    source = {"bytes": 4, "version_id": upload.object.version_id}
    explanation = {"reason": "too_expensive", "message": TOO_EXPENSIVE}
    for _ in range(2):  # a retry sees what the first attempt saw
        outcome = reject({**event, "error": caught(kill)}, EXECUTION, context)
        assert without_words(outcome) == notification(upload, "rejected", **explanation)
        assert plain(records.get(ID)) == record_of(
            upload,
            "rejected",
            f"{EXECUTION}/ending",
            source=source,
            decoding=True,
            **explanation,
        )
    assert tags(account, upload) == {}  # it may be started again, so it does not expire


@pytest.mark.parametrize("note", [{}, {"decoding": False}], ids=["first", "later"])
def test_a_function_that_was_killed_while_it_did_not_decode(
    account: Account, context: Context, note: dict[str, bool]
) -> None:
    event, upload, claim = claimed(account)
    records.note(claim, {"metadata": {}, **note})
    with pytest.raises(KilledElsewhere, match="while no picture was decoded"):
        reject({**event, "error": caught("Sandbox.Timedout")}, EXECUTION, context)
    assert (records.get(ID) or {})["status"] == "processing"
    assert tags(account, upload) == {}


def test_an_error_before_the_claim(account: Account, context: Context) -> None:
    event = account.created(account.upload(KEY, b"data"), 4)
    reject({**event, "error": VALIDATION}, EXECUTION, context)
    source = {"bytes": 4, "version_id": event["detail"]["object"]["version-id"]}
    assert (records.get(ID) or {})["source"] == source


def test_an_upload_without_a_version(account: Account, context: Context) -> None:
    account.s3.put_bucket_versioning(
        Bucket=UPLOADS, VersioningConfiguration={"Status": "Suspended"}
    )
    etag = account.s3.put_object(Bucket=UPLOADS, Key=KEY, Body=b"data")["ETag"].strip('"')
    event = account.created(S3Object(UPLOADS, KEY, "null"), 4)
    upload, claim = claim_for(event)
    state = {**event, "image": image_of(upload, claim), "error": VALIDATION}
    outcome = reject(state, EXECUTION, context)
    assert re.fullmatch(rf"{ID}/null-{etag}-\d{{8}}T\d{{6}}Z/rejected", outcome["message"]["id"])
    assert (records.get(ID) or {})["version"].startswith(f"null-{etag}-")
    # It could be a newer upload by now.
    assert (
        "TagSet" not in account.s3.get_object_tagging(Bucket=UPLOADS, Key=KEY)
        or not (account.s3.get_object_tagging(Bucket=UPLOADS, Key=KEY)["TagSet"])
    )


def test_facts_that_only_a_raw_file_lacks_are_left_out(account: Account, context: Context) -> None:
    event, upload, claim = claimed(account)
    image = image_of(upload, claim) | {"facts": {"format": "RAW", "content_type": "image/x-raw"}}
    reject({**event, "image": image, "error": VALIDATION}, EXECUTION, context)
    assert (records.get(ID) or {})["source"] == {
        "bytes": 4,
        "version_id": upload.object.version_id,
        "format": "RAW",
        "content_type": "image/x-raw",
    }


def read_metadata(image: dict[str, Any], context: Context) -> dict[str, Any]:
    from metadata.handler import handler

    return handler({"image": image}, context)  # type: ignore[arg-type]


def image_to_read(claim: Claim, upload: Upload, data: bytes, *warnings: str) -> dict[str, Any]:
    image = image_of(upload, claim)
    image["upload"]["size"] = image["picture"]["bytes"] = len(data)
    image["facts"]["warnings"] = list(warnings)
    image["picture"]["object"] = to_dict(upload.object)
    return image


def test_warnings_of_validation_and_of_the_metadata_are_both_kept(
    account: Account, context: Context
) -> None:
    data = file_of(quarters(), exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    event = account.created(account.upload(KEY, data), len(data))
    upload, claim = claim_for(event)
    alone = extract(data, store_gps=True).warnings
    assert alone
    read_metadata(image_to_read(claim, upload, data, "extension_mismatch"), context)
    metadata = (records.get(ID) or {})["metadata"]
    assert metadata["warnings"] == ["extension_mismatch", *alone]
