"""The renditions bucket: `<image_id>/<version>/<name>.<ext>`, and who may leave what there.

The version in a key is that of the upload, so what two uploads of one key produce never mixes.
Two rules keep orphans out, however executions overlap. Who writes checks afterwards that the
record is still its own and open, and otherwise removes what it wrote. Who finishes a record
removes everything that was there before the write that finished it, and all of its own version.
Both name the versions of objects that they remove: a retry, or the next execution for the same
upload, writes the same keys, and what it wrote has to stay; what the record names stays the newest.
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
    """One rendition in the renditions bucket; sizes in pixels and bytes.

    `version_id` is that of the object; with None, every version of it counts.
    """

    name: str
    key: str
    content_type: str
    width: int
    height: int
    bytes: int
    version_id: str | None = None


def key_prefix(claim: Claim, upload: Upload) -> str:
    """The prefix of everything made from one upload, ending in a slash."""
    return f"{claim.image_id}/{upload.object.version_id or claim.sequencer}/"


def publish(
    records: Records, claim: Claim, bucket: str, objects: Sequence[NewObject]
) -> list[S3Object]:
    """Write objects side by side, unless the record was finished or taken over meanwhile.

    Returns:
        The versions that were written, in the same order.

    Raises:
        Superseded: it was; nothing is left behind.
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
    """Remove everything made from one upload, which a newer one has replaced for good."""
    storage.delete(storage.list_versions(bucket, key_prefix(claim, upload)))


@dataclass(frozen=True)
class Cleanup:
    """What may have to go from the bucket when a record is finished.

    Take it before the finishing write: a newer upload can only write after that.
    """

    bucket: str
    own_prefix: str
    earlier: frozenset[S3Object]

    @classmethod
    def before_finishing(cls, bucket: str, claim: Claim, upload: Upload) -> Cleanup:
        """List what is there for the image, of this version or any other."""
        earlier = storage.list_versions(bucket, f"{claim.image_id}/")
        return cls(bucket, key_prefix(claim, upload), frozenset(earlier))

    def remove_all_but(self, keep: Collection[StoredRendition]) -> None:
        """Delete it, and what was written since for this version, but for some renditions."""
        found = self.earlier | storage.list_versions(self.bucket, self.own_prefix)
        kept = {(rendition.key, rendition.version_id) for rendition in keep}
        storage.delete(
            [each for each in found if not kept & {(each.key, each.version_id), (each.key, None)}]
        )

    def remove_earlier(self) -> None:
        """Delete it, and nothing that was written since."""
        storage.delete(self.earlier)
