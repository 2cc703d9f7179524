"""The renditions bucket: keys `<image_id>/<version>/<name>.<ext>`, and the rules against orphans.

The version in a key is that of the upload, so that renditions of two uploads never mix. Two rules
prevent orphans, however executions overlap. A writer re-checks its claim after writing and deletes
its objects if it has lost it. Finishing a record deletes every object that existed before the
finishing write, and every other object of the same version. Both delete by object version: a retry,
or the next execution for the same upload, writes the same keys, and its objects have to stay.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline import storage
from image_pipeline.errors import Superseded

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from image_pipeline.models import Claim, S3Object, Upload
    from image_pipeline.records import Records


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
    return f"{claim.image_id}/{upload.object.version_id or claim.sequencer}/"


def publish(
    records: Records, claim: Claim, bucket: str, objects: Sequence[NewObject]
) -> list[S3Object]:
    """Write objects in parallel, and delete them again if the claim has been lost meanwhile.

    Returns:
        The versions that were written, in the same order.

    Raises:
        Superseded: the record was finished or taken over; the objects are deleted.
    """
    with ThreadPoolExecutor(max_workers=len(objects)) as pool:
        writes = [
            pool.submit(storage.write, bucket, new.key, new.data, new.content_type)
            for new in objects
        ]
    written = [write.result() for write in writes]
    try:
        records.require_open_claim(claim)
    except Superseded:
        storage.delete(written)
        raise
    return written


def discard(bucket: str, claim: Claim, upload: Upload) -> None:
    """Delete all objects made from an upload that a newer one has replaced."""
    storage.delete(storage.list_versions(bucket, key_prefix(claim, upload)))


@dataclass(frozen=True)
class Cleanup:
    """Objects that finishing a record may have to delete.

    List them before the finishing write, so that objects of later executions are not among them.
    """

    bucket: str
    own_prefix: str
    earlier: frozenset[S3Object]

    @classmethod
    def before_finishing(cls, bucket: str, claim: Claim, upload: Upload) -> Cleanup:
        """List all objects of the image, of this version and of every other."""
        earlier = storage.list_versions(bucket, f"{claim.image_id}/")
        return cls(bucket, key_prefix(claim, upload), frozenset(earlier))

    def remove_all_but(self, keep: Collection[StoredRendition]) -> None:
        """Delete them, and later objects of the same version, except for some renditions."""
        found = self.earlier | storage.list_versions(self.bucket, self.own_prefix)
        kept = {(rendition.key, rendition.version_id) for rendition in keep}
        storage.delete(
            [each for each in found if not kept & {(each.key, each.version_id), (each.key, None)}]
        )

    def remove_earlier(self) -> None:
        """Delete them, and no object that was written later."""
        storage.delete(self.earlier)
