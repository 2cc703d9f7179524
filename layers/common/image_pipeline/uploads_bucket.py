"""The uploads bucket: deletes all that a key has held, in an order that brings nothing back."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline import aws, storage
from image_pipeline.current import Current, iso_seconds
from image_pipeline.models import S3Object

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Entry(NamedTuple):
    """A version or a delete marker of a key; a marker has no `version` as records know it."""

    version_id: str
    version: str | None
    is_latest: bool


def remove(bucket: str, key: str, version: str | None) -> None:
    """Delete every version and delete marker of a key, but not what was uploaded since.

    Each deletion makes an event, and an execution that looks at the key. Older versions go first
    and delete markers last, so that none of them ever finds an older version.

    Args:
        bucket: the uploads bucket.
        key: of the object.
        version: what the key held when it was decided to delete it, as records know it; None if it
            held nothing.
    """
    entries = [*_entries(bucket, key)]
    older = [each for each in entries if each.version not in {None, version} and not each.is_latest]
    newest = [each for each in entries if each.version is not None and each.version == version]
    markers = [each for each in entries if each.version is None]
    storage.delete([S3Object(bucket, key, each.version_id) for each in (*older, *newest, *markers)])


def abort(bucket: str, key: str, upload_id: str) -> None:
    """Abort an upload in parts; one that is complete, or was aborted, is not an error."""
    with suppress(aws.s3().exceptions.NoSuchUpload):
        aws.s3().abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)


def _entries(bucket: str, key: str) -> Iterator[_Entry]:
    pages = aws.s3().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    for page in pages:
        versions: Any = page.get("Versions", [])
        markers: Any = page.get("DeleteMarkers", [])
        for each in versions:
            if each["Key"] == key:
                yield _Entry(each["VersionId"], _version(each), each["IsLatest"])
        for each in markers:
            if each["Key"] == key:
                yield _Entry(each["VersionId"], None, each["IsLatest"])
        # Keys are in order: a longer one comes after all entries of this one.
        if any(each["Key"] != key for each in (*versions, *markers)):
            return


def _version(entry: Any) -> str:
    modified = iso_seconds(entry["LastModified"])
    return Current(entry["VersionId"], entry["ETag"].strip('"'), entry["Size"], modified).version
