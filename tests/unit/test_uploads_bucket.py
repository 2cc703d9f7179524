"""Deleting all that a key has held: what goes, in which order, and what was uploaded since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws, uploads_bucket
from image_pipeline.current import current

from .conftest import UPLOADS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account

KEY = "uploads/photo.jpg"


def left(account: Account, key: str = KEY) -> list[str]:
    """Versions and delete markers that a key still has."""
    listing = account.s3.list_object_versions(Bucket=UPLOADS, Prefix=key)
    found = [*listing.get("Versions", []), *listing.get("DeleteMarkers", [])]
    return [each["VersionId"] for each in found if each["Key"] == key]


def version(account: Account, data: bytes = b"data") -> str:
    found = account.upload(KEY, data).version_id
    assert found is not None
    return found


@pytest.fixture
def seen() -> Iterator[list[str | None]]:
    """What the key holds after each deletion."""
    after: list[str | None] = []

    def look(**_: Any) -> None:
        found = current(UPLOADS, KEY)
        after.append(found.version if found else None)

    events, name = aws.s3().meta.events, "after-call.s3.DeleteObject"
    events.register(name, look)
    yield after
    events.unregister(name, look)


def test_no_deletion_brings_an_older_version_back(account: Account, seen: list[str | None]) -> None:
    for number in range(3):
        version(account, bytes([number]))
    account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    newest = version(account)
    seen.clear()
    uploads_bucket.remove(UPLOADS, KEY, newest)
    assert left(account) == []
    assert seen == [newest] * 3 + [None] * 2


def test_below_a_delete_marker_nothing_is_ever_seen(
    account: Account, seen: list[str | None]
) -> None:
    version(account)
    version(account)
    account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    seen.clear()
    uploads_bucket.remove(UPLOADS, KEY, None)
    assert left(account) == []
    assert set(seen) == {None}


@pytest.mark.parametrize("held", [True, False])
def test_what_was_uploaded_since_stays(account: Account, held: bool) -> None:
    first = version(account)
    if not held:
        account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    since = version(account)
    uploads_bucket.remove(UPLOADS, KEY, first if held else None)
    assert left(account) == [since]


def test_longer_keys_and_other_pages_are_left_alone(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    versions = [version(account, bytes([number])) for number in range(5)]
    account.upload(f"{KEY}.txt", b"other")
    uploads_bucket.remove(UPLOADS, KEY, versions[-1])
    assert left(account) == []
    assert len(left(account, f"{KEY}.txt")) == 1
    assert len(three_per_page) == 2


def test_a_key_that_holds_nothing_is_not_an_error(account: Account) -> None:
    uploads_bucket.remove(UPLOADS, KEY, None)
    uploads_bucket.remove(UPLOADS, KEY, "unknown")
    assert left(account) == []


def test_an_upload_in_parts_can_be_aborted_twice(account: Account) -> None:
    upload_id = account.s3.create_multipart_upload(Bucket=UPLOADS, Key=KEY)["UploadId"]
    uploads_bucket.abort(UPLOADS, KEY, upload_id)
    uploads_bucket.abort(UPLOADS, KEY, upload_id)
    assert account.s3.list_multipart_uploads(Bucket=UPLOADS).get("Uploads", []) == []
