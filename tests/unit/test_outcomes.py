"""What StoreResults and RejectImage leave behind: records, renditions, tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from image_pipeline import storage
from image_pipeline.errors import Superseded
from image_pipeline.identity import image_id
from image_pipeline.models import Upload, from_dict
from image_pipeline.renditions_bucket import (
    NewObject,
    RenditionsBucket,
    clean_up,
    key_prefix,
    publish,
)
from tests.support.pictures import gradient_file

from .claims import claim_for
from .conftest import EXECUTION
from .executions import KEY, claimed, image_of, publish_one, records, reject, results, store, tags

if TYPE_CHECKING:
    from .conftest import Account, Context

REJECTED = {"image-pipeline-status": "rejected"}


def test_an_approved_image_keeps_only_its_renditions(account: Account, context: Context) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    found = results(prefix, {"verdict": "approved", "labels": [], "model_version": "7.0"})
    outcome = store(image_of(upload, claim), found, context)
    assert account.rendition_keys() == {f"{prefix}large.webp"}
    assert tags(account, upload) == {}
    assert (outcome["status"], outcome["reason"]) == ("approved", "none")
    assert outcome["message"]["key"] == "uploads/a.jpg"
    record = records.get(claim.image_id) or {}
    assert record["status"] == "approved"
    assert record["processed_at"].endswith("Z")
    assert "reason" not in record
    assert record["source"]["sha256"] == "ab"


def test_a_rejected_image_keeps_no_renditions_and_its_upload_expires(
    account: Account, context: Context
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    verdict = {"verdict": "rejected", "labels": [], "reason": "moderation_rejected"}
    outcome = store(image_of(upload, claim), results(prefix, verdict), context)
    assert account.rendition_keys() == set()
    assert tags(account, upload) == REJECTED
    assert outcome["reason"] == "moderation_rejected"
    assert (records.get(claim.image_id) or {})["renditions"] == []


@pytest.mark.parametrize(
    ("verdict", "tagged"),
    [
        ({"verdict": "approved"}, "kept"),
        ({"verdict": "review", "reason": "moderation_review"}, "kept"),
        ({"verdict": "rejected", "reason": "moderation_rejected"}, "rejected"),
    ],
)
def test_an_upload_that_is_judged_again_expires_only_if_it_is_rejected_again(
    account: Account, context: Context, verdict: dict[str, str], tagged: str
) -> None:
    from validate.handler import handler

    data = gradient_file()
    rejected = {"shop": "north", **REJECTED}
    source = account.upload(KEY, data, Tagging=urlencode(rejected))
    payload = {"event": account.created(source, len(data)), "execution": EXECUTION}
    image = handler(payload, context)  # type: ignore[arg-type]
    store(image, results("", {**verdict, "labels": []}), context)
    upload = from_dict(Upload, image["upload"])
    assert tags(account, upload) == rejected | {"image-pipeline-status": tagged}


def test_renditions_of_the_replaced_upload_are_deleted(account: Account, context: Context) -> None:
    verdict = {"verdict": "approved", "labels": []}
    _, first, first_claim = claimed(account)
    prefix = publish_one(first, first_claim)
    store(image_of(first, first_claim), results(prefix, verdict), context)
    _, second, second_claim = claimed(account, "0B", EXECUTION + "2")
    prefix = publish_one(second, second_claim)
    store(image_of(second, second_claim), results(prefix, verdict), context)
    assert account.rendition_keys() == {f"{prefix}large.webp"}


def test_storing_is_idempotent(account: Account, context: Context) -> None:
    _, upload, claim = claimed(account)
    found = results(publish_one(upload, claim), {"verdict": "approved", "labels": []})
    first = store(image_of(upload, claim), found, context)
    assert store(image_of(upload, claim), found, context) == first
    assert len(account.rendition_keys()) == 1


def test_an_older_execution_neither_stores_nor_deletes(account: Account, context: Context) -> None:
    _, older, older_claim = claimed(account)
    prefix = publish_one(older, older_claim)
    _, newer, newer_claim = claimed(account, "0B", EXECUTION + "2")
    kept = publish_one(newer, newer_claim)
    with pytest.raises(Superseded):
        store(image_of(older, older_claim), results(prefix, {"verdict": "approved"}), context)
    assert f"{kept}large.webp" in account.rendition_keys()
    assert (records.get(newer_claim.image_id) or {})["status"] == "processing"


def test_a_writer_that_has_lost_its_claim_deletes_its_objects(account: Account) -> None:
    _, older, older_claim = claimed(account)
    claimed(account, "0B", EXECUTION + "2")
    with pytest.raises(Superseded):
        publish_one(older, older_claim)
    assert account.rendition_keys() == set()


def test_an_abandoned_invocation_deletes_only_its_own_objects(
    account: Account, context: Context
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    store(image_of(upload, claim), results(prefix, {"verdict": "approved", "labels": []}), context)
    with pytest.raises(Superseded):
        publish_one(upload, claim)
    assert account.rendition_keys() == {f"{prefix}large.webp"}


def test_a_late_step_of_a_failed_execution_deletes_only_its_own_objects(
    account: Account, context: Context
) -> None:
    event, upload, claim = claimed(account)
    reject({**event, "error": {"Error": "ClientError", "Cause": ""}}, EXECUTION, context)
    _, again = claim_for(event, EXECUTION + "2")
    prefix = publish_one(upload, again)
    with pytest.raises(Superseded):
        publish_one(upload, claim)
    assert account.rendition_keys() == {f"{prefix}large.webp", f"{prefix}converted.jpg"}


def test_a_late_step_cannot_finish_a_failed_record(account: Account, context: Context) -> None:
    event, upload, claim = claimed(account)
    found = results(publish_one(upload, claim), {"verdict": "approved", "labels": []})
    reject({**event, "error": {"Error": "ClientError", "Cause": ""}}, EXECUTION, context)
    with pytest.raises(Superseded):
        store(image_of(upload, claim), found, context)
    with pytest.raises(Superseded):
        claim_for(event)
    assert (records.get(claim.image_id) or {})["status"] == "failed"


def test_replaced_renditions_leave_neither_versions_nor_delete_markers(
    account: Account, context: Context
) -> None:
    for sequencer in ("0A", "0B"):
        _, upload, claim = claimed(account, sequencer, EXECUTION + sequencer)
        publish_one(upload, claim)
        prefix = publish_one(upload, claim)  # a retry
        store(image_of(upload, claim), results(prefix, {"verdict": "approved"}), context)
    versions = account.s3.list_object_versions(Bucket="renditions")
    assert {each["Key"] for each in versions["Versions"]} == {f"{prefix}large.webp"}
    assert "DeleteMarkers" not in versions


def test_the_recorded_version_stays_the_newest_of_its_key(
    account: Account, context: Context
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    key = f"{prefix}large.webp"
    (wanted,) = storage.list_versions("renditions", key)
    publish(records, claim, "renditions", [NewObject(key, "image/webp", b"once more")])
    found = results(prefix, {"verdict": "approved", "labels": []})
    found["renditions"][0]["version_id"] = wanted.version_id
    store(image_of(upload, claim), found, context)
    assert storage.list_versions("renditions", prefix) == {wanted}


def test_cleanup_keeps_the_objects_of_a_newer_upload(account: Account) -> None:
    _, older, older_claim = claimed(account)
    publish_one(older, older_claim)
    _, newer, newer_claim = claimed(account, "0B", EXECUTION + "2")
    kept = publish_one(newer, newer_claim)
    bucket = RenditionsBucket("renditions")
    clean_up(records, bucket, older_claim, older, {"status": "approved"})
    assert account.rendition_keys() == {f"{kept}large.webp", f"{kept}converted.jpg"}


def cause(reason: str) -> str:
    return json.dumps({"errorType": "ValidationError", "errorMessage": f"{reason}: Try again: x."})


def test_a_validation_error_rejects_the_image_with_its_reason(
    account: Account, context: Context
) -> None:
    event, upload, claim = claimed(account)
    error = {"Error": "ValidationError", "Cause": cause("corrupt")}
    outcome = reject({**event, "error": error}, EXECUTION, context)
    assert outcome["message"]["message"] == "Try again: x."
    record = records.get(claim.image_id) or {}
    assert (record["status"], record["reason"]) == ("rejected", "corrupt")
    assert record["source"]["version_id"] == upload.object.version_id
    assert tags(account, upload) == REJECTED


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        ("States.Timeout", "failed", "timed_out"),
        ("ClientError", "failed", "internal_error"),
    ],
)
def test_every_other_error_has_a_status_and_a_reason(
    account: Account, context: Context, error: str, status: str, reason: str
) -> None:
    event, upload, claim = claimed(account)
    image = image_of(upload, claim)
    caught = {"Error": error, "Cause": "not JSON at all"}
    outcome = reject({**event, "image": image, "error": caught}, EXECUTION, context)
    assert (outcome["status"], outcome["reason"]) == (status, reason)
    assert (records.get(claim.image_id) or {})["source"]["format"] == "JPEG"


def test_a_failure_before_the_claim_is_recorded(account: Account, context: Context) -> None:
    event = account.created(account.upload("uploads/b.jpg", b"data"), 4)
    reject({**event, "error": {"Error": "ClientError", "Cause": ""}}, EXECUTION, context)
    record = records.get(image_id("uploads/b.jpg")) or {}
    assert record["status"] == "failed"


def test_a_late_failure_does_not_change_the_record_of_a_newer_upload(
    account: Account, context: Context
) -> None:
    event, _, _ = claimed(account)
    _, _, newer = claimed(account, "0B", EXECUTION + "2")
    with pytest.raises(Superseded):
        reject({**event, "error": {"Error": "ClientError", "Cause": ""}}, EXECUTION, context)
    assert (records.get(newer.image_id) or {})["status"] == "processing"


def test_a_function_killed_while_recording_is_not_the_files_fault(
    account: Account, context: Context
) -> None:
    event, _, claim = claimed(account)
    state = {**event, "error": {"Error": "Runtime.ExitError", "Cause": "killed"}}
    reject(state, EXECUTION, context, fault="pipeline")
    assert (records.get(claim.image_id) or {})["status"] == "failed"


def test_objects_of_a_killed_function_are_deleted_if_the_upload_is_superseded(
    account: Account, context: Context
) -> None:
    event, older, older_claim = claimed(account)
    _, newer, newer_claim = claimed(account, "0B", EXECUTION + "2")
    kept = publish_one(newer, newer_claim)
    account.s3.put_object(
        Bucket="renditions", Key=f"{key_prefix(older_claim, older)}large.webp", Body=b"late"
    )
    state = {**event, "image": image_of(older, older_claim)}
    error = {"Error": "ValidationError", "Cause": cause("corrupt")}
    with pytest.raises(Superseded):
        reject({**state, "error": error}, EXECUTION, context)
    reject(state, EXECUTION, context, task="discard")
    assert account.rendition_keys() == {f"{kept}large.webp", f"{kept}converted.jpg"}
