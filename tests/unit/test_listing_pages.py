"""Listings of several pages, with delete markers between the versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.models import S3Object
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import (
    NewObject,
    RenditionsBucket,
    clean_up,
    discard,
    key_prefix,
    publish,
)
from image_pipeline.status import Status

from .claims import claim_for
from .conftest import EXECUTION, RENDITIONS, TABLE

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload

    from .conftest import Account

records = Records(TABLE)
NAMES = ("thumbnail", "medium", "large", "preview", "converted")


def claimed(account: Account, sequencer: str = "0A") -> tuple[Claim, Upload]:
    event = account.created(account.upload("uploads/a.jpg", b"data"), 4, sequencer)
    upload, claim = claim_for(event, EXECUTION + sequencer)
    return claim, upload


def written_twice(claim: Claim, upload: Upload) -> list[S3Object]:
    """Two versions of every rendition, as a step and its retry leave them; the second ones."""
    prefix = key_prefix(claim, upload)
    objects = [NewObject(f"{prefix}{name}.webp", "image/webp", b"12") for name in NAMES]
    publish(records, claim, RENDITIONS, objects)
    return publish(records, claim, RENDITIONS, objects)


def delete_without_version(account: Account, *written: S3Object) -> None:
    """Put delete markers on objects, as deleting them in the console does."""
    for each in written:
        account.s3.delete_object(Bucket=each.bucket, Key=each.key)


def versions(account: Account, bucket: str = RENDITIONS) -> set[S3Object]:
    listing = account.s3.list_object_versions(Bucket=bucket)
    return {
        S3Object(bucket, each["Key"], each["VersionId"]) for each in listing.get("Versions", [])
    }


def test_versions_are_listed_from_every_page(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    written = written_twice(*claimed(account))
    delete_without_version(account, written[0], written[3])
    account.s3.put_object(Bucket=RENDITIONS, Key="other/v/large.webp", Body=b"1")
    found = storage.list_versions(RENDITIONS, written[0].key.partition("/")[0])
    assert found == {each for each in versions(account) if not each.key.startswith("other/")}
    assert len(found) == 10
    assert len(three_per_page) >= 4


def test_finishing_removes_every_page_of_what_the_record_does_not_name(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    older_claim, older = claimed(account, "0A")
    delete_without_version(account, written_twice(older_claim, older)[1])
    claim, upload = claimed(account, "0B")
    written = written_twice(claim, upload)
    kept = [{"key": each.key, "version_id": each.version_id} for each in written[:4]]
    finished = records.finish(claim, Status.APPROVED, {"renditions": kept})
    clean_up(records, RenditionsBucket(RENDITIONS), claim, upload, finished)
    assert versions(account) == set(written[:4])
    assert len(three_per_page) >= 7


def test_a_failure_removes_every_page_of_what_was_there(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    claim, upload = claimed(account)
    delete_without_version(account, written_twice(claim, upload)[1])
    finished = records.finish(claim, Status.FAILED, {})
    clean_up(records, RenditionsBucket(RENDITIONS), claim, upload, finished)
    assert versions(account) == set()
    assert len(three_per_page) >= 4


def test_discarding_an_upload_removes_every_page_of_it_and_nothing_else(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    older_claim, older = claimed(account, "0A")
    delete_without_version(account, written_twice(older_claim, older)[1])
    newer_claim, newer = claimed(account, "0B")
    kept = written_twice(newer_claim, newer)
    discard(records, RenditionsBucket(RENDITIONS), older_claim, older)
    left = versions(account)
    assert len(left) == 10
    assert set(kept) < left
    assert {each.key for each in left} == {each.key for each in kept}
