"""The object that a bucket holds under a key right now, which S3 tells strongly consistently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws

if TYPE_CHECKING:
    from datetime import datetime

# For an object that is not there, and for a delete marker.
_NOT_FOUND = {"404", "NoSuchKey"}
_UNVERSIONED = {None, "", "null"}
# The other archive, of Intelligent-Tiering, is told by a header of its own.
_ARCHIVE_CLASSES = {"GLACIER", "DEEP_ARCHIVE"}


@dataclass(frozen=True)
class Current:
    """The newest version of an object: size in bytes, the time of its upload in ISO 8601, UTC.

    `version_id` is None or "null" where versioning was never enabled, or is suspended.
    """

    version_id: str | None
    etag: str
    size: int
    modified: str
    archived: bool = False

    @property
    def is_versioned(self) -> bool:
        """Whether the version id alone tells the content."""
        return self.version_id not in _UNVERSIONED

    @property
    def version(self) -> str:
        """What tells this object from every other that the key ever had."""
        if self.version_id and self.is_versioned:
            return self.version_id
        moment = self.modified.replace("-", "").replace(":", "")
        return f"null-{self.etag}-{moment}"


def current(bucket: str, key: str) -> Current | None:
    """Return what a bucket holds under a key; None if nothing, or a delete marker."""
    try:
        answer = aws.s3().head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_FOUND:
            raise
        return None
    return Current(
        version_id=answer.get("VersionId"),
        etag=answer["ETag"].strip('"'),
        size=answer["ContentLength"],
        modified=iso_seconds(answer["LastModified"]),
        archived=_is_archived(answer),
    )


def iso_seconds(time: datetime) -> str:
    """Return a time in UTC as ISO 8601 in seconds, as exact as S3 tells it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _is_archived(answer: Any) -> bool:
    is_in_archive = answer.get("StorageClass") in _ARCHIVE_CLASSES or "ArchiveStatus" in answer
    return is_in_archive and 'ongoing-request="false"' not in answer.get("Restore", "")
