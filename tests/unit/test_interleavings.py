"""Two executions, or two uploads, that meet inside `start_over`, `finalize` and moderation."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import storage
from image_pipeline.errors import Superseded
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import NewObject, key_prefix, publish
from tests.support.pictures import file_of, quarters

from .claims import claim_for
from .conftest import EXECUTION, NOW, RENDITIONS
from .executions import claimed, image_of, publish_one, records, reject, results, store, tags

if TYPE_CHECKING:
    from collections.abc import Callable

    from image_pipeline.models import Claim, S3Object, Upload

    from .conftest import Account, Context

OTHER = f"{EXECUTION}-again"
FAULT = {"Error": "ClientError", "Cause": ""}
APPROVED = {"verdict": "approved", "labels": []}


def written_late(claim: Claim, upload: Upload, name: str = "late.webp") -> str:
    """Write an object without a check of the claim, as a step does that is then killed."""
    key = f"{key_prefix(claim, upload)}{name}"
    storage.write(RENDITIONS, key, b"late", "image/webp")
    return key


@pytest.fixture
def before_finishing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something right before the write that finishes."""

    def arrange(action: Callable[[], Any]) -> None:
        genuine = Records.finish

        def finish(*args: Any) -> Any:
            action()
            return genuine(*args)

        monkeypatch.setattr(Records, "finish", finish)

    return arrange


@pytest.fixture
def after_finishing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something between the write that finishes and the cleanup."""

    def arrange(action: Callable[[], Any]) -> None:
        genuine = Records.finish

        def finish(*args: Any) -> Any:
            finished = genuine(*args)
            monkeypatch.setattr(Records, "finish", genuine)
            action()
            return finished

        monkeypatch.setattr(Records, "finish", finish)

    return arrange


def failed_and_claimed_again(
    account: Account, context: Context
) -> tuple[dict[str, Any], Upload, Claim, Claim]:
    """An execution has failed, and another one works on the same event."""
    event, upload, first = claimed(account)
    reject({**event, "error": FAULT}, EXECUTION, context)
    _, second = claim_for(event, OTHER)
    return event, upload, first, second


def test_a_late_failure_takes_nothing_from_another_execution_of_the_same_event(
    account: Account, context: Context
) -> None:
    event, upload, _, second = failed_and_claimed_again(account, context)
    prefix = publish_one(upload, second)
    before = records.get(second.image_id)
    with pytest.raises(Superseded):
        reject({**event, "error": FAULT}, EXECUTION, context)
    assert records.get(second.image_id) == before
    assert account.rendition_keys() == {f"{prefix}large.webp", f"{prefix}converted.jpg"}


def test_a_late_failure_does_not_undo_the_verdict_of_another_execution(
    account: Account, context: Context
) -> None:
    event, upload, _, second = failed_and_claimed_again(account, context)
    prefix = publish_one(upload, second)
    store(image_of(upload, second), results(prefix, APPROVED), context)
    before = records.get(second.image_id)
    with pytest.raises(Superseded):
        reject({**event, "error": FAULT}, EXECUTION, context)
    assert records.get(second.image_id) == before
    assert account.rendition_keys() == {f"{prefix}large.webp"}


def test_an_execution_that_failed_records_its_failure_after_another_one_has_failed(
    account: Account, context: Context
) -> None:
    """No execution is working on the upload then."""
    event, _, first, second = failed_and_claimed_again(account, context)
    reject({**event, "error": FAULT}, OTHER, context)
    timeout = {"Error": "States.Timeout", "Cause": ""}
    reject({**event, "error": timeout}, EXECUTION, context)
    record = records.get(second.image_id) or {}
    assert (record["status"], record["reason"]) == ("failed", "timed_out")
    assert record["execution"] == f"{first.execution}/ending"


def test_an_execution_may_replace_its_own_verdict_by_a_failure(
    account: Account, context: Context
) -> None:
    """The answer of StoreResults was lost, so that no notification was sent."""
    event, upload, claim = claimed(account)
    found = results(publish_one(upload, claim), APPROVED)
    store(image_of(upload, claim), found, context)
    reject({**event, "error": FAULT}, EXECUTION, context)
    record = records.get(claim.image_id) or {}
    assert (record["status"], record["reason"]) == ("failed", "internal_error")
    assert not {"renditions", "moderation"} & record.keys()
    assert account.rendition_keys() == set()


def test_a_newer_upload_between_starting_over_and_finishing_keeps_the_record(
    account: Account, context: Context, before_finishing: Callable[..., None]
) -> None:
    event, older, _ = claimed(account)
    newest: list[Any] = []

    def overwrite() -> None:
        _, upload, claim = claimed(account, "0B", OTHER)
        newest.extend([claim, publish_one(upload, claim), records.get(claim.image_id)])

    before_finishing(overwrite)
    with pytest.raises(Superseded):
        reject({**event, "error": FAULT}, EXECUTION, context)
    claim, prefix, record = newest
    assert records.get(claim.image_id) == record
    assert account.rendition_keys() == {f"{prefix}large.webp", f"{prefix}converted.jpg"}
    assert tags(account, older) == {}


def test_what_a_step_writes_right_before_finishing_is_removed(
    account: Account, context: Context, before_finishing: Callable[..., None]
) -> None:
    _, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    before_finishing(lambda: written_late(claim, upload))
    store(image_of(upload, claim), results(prefix, APPROVED), context)
    assert account.rendition_keys() == {f"{prefix}large.webp"}


def test_what_a_newer_upload_writes_after_finishing_stays(
    account: Account, context: Context, after_finishing: Callable[..., None]
) -> None:
    _, older, older_claim = claimed(account)
    prefix = publish_one(older, older_claim)
    newest: list[str] = []

    def overwrite() -> None:
        _, upload, claim = claimed(account, "0B", OTHER)
        newest.append(publish_one(upload, claim))

    after_finishing(overwrite)
    store(image_of(older, older_claim), results(prefix, APPROVED), context)
    (kept,) = newest
    assert account.rendition_keys() == {
        f"{prefix}large.webp",
        f"{kept}large.webp",
        f"{kept}converted.jpg",
    }


def test_what_an_execution_leaves_to_the_next_is_removed_by_that(
    account: Account, context: Context, after_finishing: Callable[..., None]
) -> None:
    _, oldest, oldest_claim = claimed(account)
    publish_one(oldest, oldest_claim)  # and its execution is lost
    _, older, older_claim = claimed(account, "0B", OTHER)
    prefix = publish_one(older, older_claim)
    newest: list[Any] = []

    def overwrite() -> None:
        _, upload, claim = claimed(account, "0C", f"{OTHER}-2")
        newest.extend([upload, claim, publish_one(upload, claim)])

    after_finishing(overwrite)
    store(image_of(older, older_claim), results(prefix, APPROVED), context)
    upload, claim, prefix = newest
    store(image_of(upload, claim), results(prefix, APPROVED), context)
    assert account.rendition_keys() == {f"{prefix}large.webp"}


def test_what_the_next_execution_writes_after_a_failure_stays(
    account: Account, context: Context, after_finishing: Callable[..., None]
) -> None:
    event, upload, claim = claimed(account)
    publish_one(upload, claim)
    prefix = key_prefix(claim, upload)
    started: list[tuple[Claim, S3Object]] = []

    def start_again() -> None:
        _, again = claim_for(event, OTHER)
        new = NewObject(f"{prefix}large.webp", "image/webp", b"again")
        (written,) = publish(records, again, RENDITIONS, [new])
        started.append((again, written))

    after_finishing(start_again)
    reject({**event, "error": FAULT}, EXECUTION, context)
    ((again, written),) = started
    assert storage.read(written, 5) == b"again"
    found = results(prefix, APPROVED)
    found["renditions"][0]["version_id"] = written.version_id
    store(image_of(upload, again), found, context)
    assert storage.list_versions(RENDITIONS, prefix) == {written}


def test_a_rejection_removes_what_a_step_writes_after_it(
    account: Account, context: Context, after_finishing: Callable[..., None]
) -> None:
    event, upload, claim = claimed(account)
    publish_one(upload, claim)
    after_finishing(lambda: written_late(claim, upload))
    cause = json.dumps({"errorMessage": "corrupt: It is damaged."})
    error = {"Error": "ValidationError", "Cause": cause}
    reject({**event, "error": error}, EXECUTION, context)
    assert account.rendition_keys() == set()


@pytest.mark.usefixtures("stopped_clock")
def test_a_record_tells_when_it_was_claimed_however_old_the_upload_is(
    account: Account, context: Context
) -> None:
    event, _, claim = claimed(account)
    assert (records.get(claim.image_id) or {})["claimed_at"] == NOW
    reject({**event, "error": FAULT}, EXECUTION, context)
    claim_for(event, OTHER)
    record = records.get(claim.image_id) or {}
    assert (record["claimed_at"], record["uploaded_at"]) == (NOW, "2026-05-01T12:00:00Z")


def moderate(image: dict[str, Any], context: Context) -> Any:
    return importlib.import_module("moderate.handler").handler({"image": image}, context)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The questions that Rekognition is asked; it objects to nothing."""
    questions: list[Any] = []

    class Rekognition:
        def detect_moderation_labels(self, **question: Any) -> dict[str, Any]:
            questions.append(question)
            return {"ModerationLabels": [], "ModerationModelVersion": "7.0"}

    monkeypatch.setattr("image_pipeline.aws.rekognition", Rekognition)
    return questions


def moderated(account: Account, data: bytes, format_name: str) -> tuple[dict[str, Any], Upload]:
    """A picture that waits for moderation, and was overwritten meanwhile."""
    _, upload, claim = claimed(account)
    first = account.upload(upload.object.key, data)
    account.upload(upload.object.key, file_of(quarters().rotate(180), format_name))
    image = image_of(replace(upload, object=first), claim)
    image["facts"] |= {"format": format_name, "width": 96, "height": 64}
    image["picture"] |= {"format": format_name, "bytes": len(data)}
    return image, replace(upload, object=first)


def test_rekognition_is_asked_about_the_version_that_was_claimed(
    account: Account, context: Context, asked: list[Any]
) -> None:
    data = file_of(quarters((96, 96)))
    image, upload = moderated(account, data, "JPEG")
    moderate(image, context)
    assert asked == [
        {
            "Image": {
                "S3Object": {
                    "Bucket": upload.object.bucket,
                    "Name": upload.object.key,
                    "Version": upload.object.version_id,
                }
            },
            "MinConfidence": 60.0,
        }
    ]


def test_rekognition_is_shown_the_version_that_was_claimed(
    account: Account, context: Context, asked: list[Any]
) -> None:
    data = file_of(quarters(), "GIF")
    image, _ = moderated(account, data, "GIF")
    moderate(image, context)
    from moderate.samples import samples

    expected = samples(data, "GIF", max_pixels=10_000)
    assert asked == [{"Image": {"Bytes": sample}, "MinConfidence": 60.0} for sample in expected]
