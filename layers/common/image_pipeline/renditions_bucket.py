"""The renditions bucket: keys `<image_id>/<version>/<name>.<ext>`, and the rules against orphans.

The version in a key is that of the upload, so that renditions of two uploads never mix. Three rules
prevent orphans, however executions overlap. A writer re-checks its claim after writing and deletes
its objects unless it still holds it. Whoever has finished a record deletes every object of the
image that the record does not name; if another execution has claimed it since, that one does so at
its own end. An execution that was superseded deletes what the record does not name of its own
version. All delete by object version: a retry, or the next execution for the same upload, writes
the same keys, and its objects have to stay.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline import distribution, storage
from image_pipeline.models import S3Object
from image_pipeline.records import belongs_to, version_of
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from image_pipeline.models import Claim, Upload
    from image_pipeline.records import Records


@dataclass(frozen=True)
class RenditionsBucket:
    """The bucket that readers see: by presigned URLs, or through CloudFront.

    Args:
        name: of the bucket.
        distribution_id: of the CloudFront distribution in front of it, if there is one.
    """

    name: str
    distribution_id: str | None = None

    def approve(self, renditions: Iterable[dict[str, Any]]) -> None:
        """Make renditions readable, given as a record has them; without CloudFront they are."""
        if self.distribution_id is not None:
            distribution.approve(
                S3Object(self.name, each["key"], each.get("version_id")) for each in renditions
            )

    def hide(self, renditions: Iterable[StoredRendition]) -> None:
        """Make renditions unreadable that were readable, and keep them; idempotent.

        Raises:
            Throttled: CloudFront cannot forget them right now; a retry starts where this ended.
        """
        if self.distribution_id is not None:
            versions = [S3Object(self.name, each.key, each.version_id) for each in renditions]
            distribution.withdraw(self.distribution_id, versions)

    def delete(self, versions: Collection[S3Object]) -> None:
        """Delete versions of one image permanently, everywhere; idempotent.

        Raises:
            Throttled: CloudFront cannot forget them right now; a retry starts where this ended.
        """
        if self.distribution_id is not None:
            distribution.withdraw(self.distribution_id, versions)
        storage.delete(versions)


@dataclass(frozen=True)
class NewObject:
    """An object to write."""

    key: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class StoredRendition:
    """A rendition in the renditions bucket; sizes in pixels and bytes.

    `version_id` is the version of the object; None stands for all its versions.
    """

    name: str
    key: str
    content_type: str
    width: int
    height: int
    bytes: int
    version_id: str | None = None


def key_prefix(claim: Claim, upload: Upload) -> str:
    """Return the prefix of all objects made from one upload, with a trailing slash."""
    version = upload.version or upload.object.version_id or claim.sequencer
    return f"{claim.image_id}/{version}/"


def publish(
    records: Records, claim: Claim, bucket: str, objects: Sequence[NewObject]
) -> list[S3Object]:
    """Write objects in parallel; on any error, delete those that were written.

    Returns:
        The versions that were written, in the same order.

    Raises:
        Superseded: the record was finished or taken over.
    """
    with ThreadPoolExecutor(max_workers=len(objects)) as pool:
        writes = [
            pool.submit(storage.write, bucket, new.key, new.data, new.content_type)
            for new in objects
        ]
    try:
        written = [write.result() for write in writes]
        records.require_open_claim(claim)
    except BaseException:
        # The error that matters is the first; what stays is deleted when the record is finished.
        with suppress(ClientError, BotoCoreError):
            storage.delete([each.result() for each in writes if each.exception() is None])
        raise
    return written


def named(record: dict[str, Any] | None) -> set[tuple[str, str | None]]:
    """Return key and version of every rendition that a record names, last approved ones too."""
    found = record or {}
    kept = found.get("last_approved", {})
    return {
        (rendition["key"], rendition.get("version_id"))
        for rendition in [*found.get("renditions", []), *kept.get("renditions", [])]
    }


def clean_up(
    records: Records,
    bucket: RenditionsBucket,
    claim: Claim,
    upload: Upload,
    finished: dict[str, Any],
) -> None:
    """Delete what a record does not name, after it was finished under a claim.

    Args:
        records: the table of records.
        bucket: of the renditions.
        claim: under which the record was finished.
        upload: that it is about.
        finished: the record.
    """
    found = storage.list_versions(bucket.name, f"{claim.image_id}/")
    if not unnamed(found, finished):
        return
    record = records.get(claim.image_id)
    if belongs_to(record, claim):
        # Nobody has claimed the record since, so whatever was listed is of this claim or earlier.
        bucket.delete(unnamed(found, record))
    else:
        own = key_prefix(claim, upload)
        _discard(bucket, upload, record, [each for each in found if each.key.startswith(own)])


def discard(records: Records, bucket: RenditionsBucket, claim: Claim, upload: Upload) -> None:
    """Delete what a superseded execution has made, except for what the record names."""
    # Listed first: what another execution for the same version writes later is not in the list.
    found = storage.list_versions(bucket.name, key_prefix(claim, upload))
    _discard(bucket, upload, records.get(claim.image_id), found)


def _discard(
    bucket: RenditionsBucket,
    upload: Upload,
    record: dict[str, Any] | None,
    found: Iterable[S3Object],
) -> None:
    is_in_work = record is not None and record["status"] == Status.PROCESSING
    if is_in_work and version_of(record or {}) == upload.version:
        return  # its execution cleans up
    bucket.delete(unnamed(found, record))


def unnamed(found: Iterable[S3Object], record: dict[str, Any] | None) -> list[S3Object]:
    """Return those of some versions that a record does not name."""
    kept = named(record)
    return [each for each in found if not kept & {(each.key, each.version_id), (each.key, None)}]
