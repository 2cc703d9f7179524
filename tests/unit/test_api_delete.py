"""DELETE /images/{id} and POST /images/bulk-delete."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from api import delete_images
from image_pipeline import aws, history, observability, storage
from image_pipeline.errors import Superseded
from image_pipeline.identity import image_id
from image_pipeline.models import S3Object
from image_pipeline.settling import LEASE_SECONDS
from local.aws.dynamodb import atomic

from .claims import claim_for
from .commanding import ID
from .conftest import EXECUTION, UPLOADS
from .executions import KEY, claimed, image_of, publish_one, records, reject, results, store

if TYPE_CHECKING:
    from .commanding import Commanding
    from .conftest import Account, Context

DELETED = (202, {"image_id": ID, "status": "deleted"})
ANNOUNCED = [("deleted", "object_deleted")]
FACTS = {"source", "renditions", "metadata", "moderation", "placeholder", "upload", "decision"}


@pytest.mark.parametrize("status", ["processing", "approved", "review", "rejected"])
def test_an_image_is_deleted_with_everything_made_of_it(
    account: Account, commands: Commanding, status: str
) -> None:
    account.upload(KEY, b"an older version")
    commands.image(status)
    assert commands.ask("DELETE") == DELETED
    record = commands.record
    assert (record["status"], record["reason"]) == ("deleted", "object_deleted")
    assert not record.keys() & (FACTS | {"awaits", "settling", "version", "last_approved"})
    assert commands.uploads() == commands.renditions() == 0
    assert commands.announced() == ANNOUNCED
    assert {"created_at", "expires", "processed_at"} <= record.keys()
    assert "listed" not in record
    # What an execution leaves that still runs is deleted when it has ended.
    assert ("open" in record) == (status == "processing")


def test_no_fact_of_a_picture_is_left_in_its_history(commands: Commanding) -> None:
    commands.image("approved")
    before = commands.record[history.HISTORY]
    assert any("renditions" in each.get("set", {}) for each in before)
    commands.ask("DELETE")
    record = commands.record
    kinds = [each["type"] for each in record[history.HISTORY]]
    assert kinds[-2:] == ["deleted", "announced"]
    assert record[history.HISTORY][-2]["by"] == "arn:aws:iam::123456789012:user/ann"
    assert not [each for each in record[history.HISTORY] if FACTS & each.get("set", {}).keys()]
    assert history.rebuilt(record[history.HISTORY]) == history.facts(record)


def test_deleting_again_changes_nothing(commands: Commanding) -> None:
    commands.image("approved")
    commands.ask("DELETE")
    record = commands.record
    assert commands.ask("DELETE") == DELETED
    assert commands.record == record
    assert commands.announced() == ANNOUNCED


def test_older_versions_go_that_a_deletion_in_s3_has_left(
    account: Account, commands: Commanding, context: Context
) -> None:
    commands.image("approved")
    account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    event = account.created(S3Object(UPLOADS, KEY), 0, "0B")
    event["detail-type"] = "Object Deleted"
    claim_for(event, "two")
    error = {"Error": "ValidationError", "Cause": '{"errorMessage": "object_deleted: gone"}'}
    reject({**event, "error": error}, "two", context)
    assert commands.uploads() == 2
    assert commands.ask("DELETE") == DELETED
    assert commands.uploads() == 0
    assert commands.announced() == []  # that was the state machine's


def test_an_image_that_is_only_announced_is_deleted(account: Account, commands: Commanding) -> None:
    upload = account.s3.create_multipart_upload(Bucket=UPLOADS, Key=KEY)["UploadId"]
    pending = {"image_id": ID, "status": "pending", "key": KEY, "upload_id": upload}
    records.replace(pending, None, [history.event("created")])
    assert commands.ask("DELETE") == DELETED
    assert account.s3.list_multipart_uploads(Bucket=UPLOADS).get("Uploads", []) == []
    assert commands.record["status"] == "deleted"
    assert "open" not in commands.record
    assert commands.announced() == ANNOUNCED


def test_an_upload_that_the_pipeline_has_not_seen_yet_goes_too(
    account: Account, commands: Commanding
) -> None:
    pending = {"image_id": ID, "status": "pending", "key": KEY}
    records.replace(pending, None, [history.event("created")])
    event = account.created(account.upload(KEY, b"data"), 4)
    commands.ask("DELETE")
    assert commands.uploads() == 0
    with pytest.raises(Superseded):
        claim_for(event)


@pytest.mark.parametrize("status", [None, "pending", "deleted"])
def test_what_is_unknown_or_has_expired_is_not_found(
    commands: Commanding, status: str | None
) -> None:
    if status:
        expired = {"image_id": ID, "key": KEY, "status": status, "expires": 1}
        records.replace(expired, None, [history.event("created")])
    status, problem = commands.ask("DELETE")
    assert (status, problem["code"]) == (404, "not_found")


def test_steps_that_still_run_change_nothing_any_more(
    account: Account, commands: Commanding, context: Context
) -> None:
    event, upload, claim = claimed(account)
    prefix = publish_one(upload, claim)
    commands.ask("DELETE")
    image = image_of(upload, claim)
    with pytest.raises(Superseded):
        store(image, results(prefix, {"verdict": "approved", "labels": []}), context)
    with pytest.raises(Superseded):
        publish_one(upload, claim)
    error = {"Error": "ValidationError", "Cause": '{"errorMessage": "object_deleted: gone"}'}
    with pytest.raises(Superseded):
        reject({**event, "image": image, "error": error}, EXECUTION, context)
    assert commands.record["status"] == "deleted"
    assert commands.renditions() == 0
    assert commands.announced() == ANNOUNCED


def test_what_a_killed_step_writes_late_is_deleted_when_its_execution_has_ended(
    account: Account, commands: Commanding
) -> None:
    commands.sweep.run("one")
    commands.image("processing")
    commands.ask("DELETE")
    account.s3.put_object(Bucket="renditions", Key=f"{ID}/v/large.webp", Body=b"late")
    commands.sweep()
    assert commands.renditions() == 1
    commands.sweep.end(EXECUTION)
    commands.sweep()
    assert commands.renditions() == 0
    assert not commands.record.keys() & {"open", "displaced"}


def test_no_event_brings_a_deleted_image_back(account: Account, commands: Commanding) -> None:
    older = account.created(account.upload(KEY, b"older"), 5, "0A")
    events = [older, claimed(account, "0B")[0]]
    during: list[str] = []

    def late(**_: Any) -> None:
        for event in events:
            for kind in ("Object Created", "Object Deleted"):
                try:
                    claim_for({**event, "detail-type": kind}, f"late {len(during)}")
                    during.append("claimed")
                except Superseded:
                    during.append("superseded")

    emitters = {
        "after-call.s3.DeleteObject": aws.s3().meta.events,
        "after-call.sns.Publish": aws.sns().meta.events,
    }
    for name, emitter in emitters.items():
        emitter.register(name, late)
    commands.ask("DELETE")
    for name, emitter in emitters.items():
        emitter.unregister(name, late)
    late()
    assert during == ["superseded"] * 16  # two versions, the announcement, and afterwards
    assert commands.record["status"] == "deleted"
    assert commands.sweep() == {"restarted": 0, "given_up": 0}
    assert commands.announced() == ANNOUNCED


def test_an_upload_after_the_deletion_is_a_new_one(account: Account, commands: Commanding) -> None:
    commands.image("approved")
    commands.ask("DELETE")
    claimed(account, "0B", "two")
    assert commands.record["status"] == "processing"
    assert account.executions() == {}


def test_an_upload_while_the_deletion_is_under_way_is_processed_after_it(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("approved")
    events = []

    def upload_again(bucket: str, prefix: str) -> Any:
        events.append(account.created(account.upload(KEY, b"new"), 3, "0B"))
        with pytest.raises(Superseded):
            claim_for(events[0], "two")
        return genuine(bucket, prefix)

    genuine = storage.list_versions
    monkeypatch.setattr(storage, "list_versions", upload_again)
    commands.ask("DELETE")
    assert commands.uploads() == 1
    ((name, event),) = account.executions().items()
    assert name.startswith(f"rerun-{ID}-")
    claim_for(event, "three")
    assert commands.record["status"] == "processing"


def test_a_hundred_deletions_at_once_have_one_outcome(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Lambda runs one invocation at a time in a process, and Metrics relies on that.
    for method in ("add_metric", "flush_metrics"):
        monkeypatch.setattr(observability.metrics.provider, method, lambda *_, **__: None)
    commands.image("review")
    tag = commands.tag

    def act(number: int) -> int:
        if number % 4:
            return int(commands.answer("DELETE")["statusCode"])
        body = {"decision": "reject" if number % 8 else "approve"}
        return int(commands.answer("POST", "review", body, if_match=tag)["statusCode"])

    with atomic(lambda *_: None), ThreadPoolExecutor(20) as pool:
        codes = [*pool.map(act, range(100))]
    assert [code for number, code in enumerate(codes) if number % 4] == [202] * 75
    reviews = [code for number, code in enumerate(codes) if not number % 4]
    assert set(reviews) <= {200, 412}
    assert reviews.count(200) <= 1
    assert (commands.record["status"], commands.uploads(), commands.renditions()) == (
        *("deleted", 0, 0),
    )
    assert "open" not in commands.record
    told = commands.announced()
    assert told.count(ANNOUNCED[0]) == 1
    assert len(told) == 1 + reviews.count(200)


def test_many_images_are_deleted_with_a_result_for_each(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delete_images, "_SECONDS", 600)  # on a busy machine, too
    monkeypatch.setattr(delete_images, "_THREADS", 1)  # moto cannot list what others delete
    keys = [f"uploads/{number}.jpg" for number in range(12)]
    for key in keys:
        claim_for(account.created(account.upload(key, b"data"), 4))
    image_ids = [image_id(key) for key in keys]
    unknown = "a" * 26
    asked = {"image_ids": [unknown, *image_ids, image_ids[0]]}
    status, answer = commands.ask("POST", "/images/bulk-delete", asked)
    assert status == 202
    missing, *deleted = answer["results"]
    assert (missing["image_id"], missing["code"]) == (unknown, "not_found")
    assert deleted == [{"image_id": each, "status": "deleted"} for each in image_ids]
    assert commands.uploads() == 0
    assert len(commands.announced()) == 10  # as many as the queue hands out at once


def test_a_list_of_images_is_limited(commands: Commanding) -> None:
    malformed: list[Any] = [[], ["a" * 26] * 101, ["A" * 26], ["a"], [1], None]
    for image_ids in malformed:
        status, problem = commands.ask("POST", "/images/bulk-delete", {"image_ids": image_ids})
        assert (status, problem["code"]) == (400, "bad_request"), image_ids


def test_many_images_without_time_are_left_to_the_sweep(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("approved")
    monkeypatch.setattr("api.delete_images._SECONDS", -1)
    commands.ask("POST", "/images/bulk-delete", {"image_ids": [ID]})
    assert commands.record["status"] == "deleted"
    commands.sweep()
    assert commands.uploads() == 1  # the function of the API may still be at work
    later = commands.record["settling"]["until"] + LEASE_SECONDS
    monkeypatch.setattr("image_pipeline.settling.time.time", lambda: later)
    commands.sweep()
    assert (commands.uploads(), commands.announced()) == (0, ANNOUNCED)
