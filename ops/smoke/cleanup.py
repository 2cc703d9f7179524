"""Removes everything that a smoke test has made, in whatever state it ended."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from image_pipeline.status import Status
from ops.failures import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.images_api import ImagesApi
    from ops.smoke.subscriber import Subscriber

_SECONDS_BETWEEN_LOOKS = 1.0


@dataclass
class Cleanup:
    """What there is to remove, and what could not be removed.

    Args:
        s3: a client.
        images: the API, which finds the images of which no message has come.
        record_of: returns the record of an image, by its id.
        uploads: the name of the uploads bucket.
        renditions: the name of the renditions bucket.
        prefix: of the keys of all uploads.
        subscriber: to close.
        seconds: to wait at most until the pipeline has noticed the deletions.

    Attributes:
        image_ids: those that are known, by the key of the upload.
        left: what remains, in words.
    """

    s3: Any
    images: ImagesApi
    record_of: Callable[[str], dict[str, Any]]
    uploads: str
    renditions: str
    prefix: str
    subscriber: Subscriber
    seconds: float
    image_ids: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Remove uploads, renditions, subscription and queue; `left` names what remains."""
        versions: list[dict[str, str]] = []
        with self._noted(f"uploads below {self.prefix}"):
            versions = self._hide_uploads()
        with self._noted("the records of the uploads"):
            self._await_deletion({each["Key"] for each in versions})
        with self._noted(f"versions of uploads below {self.prefix}"):
            # Not before the markers are there: a version that becomes current is processed.
            _delete(self.s3, self.uploads, versions)
            _delete(self.s3, self.uploads, self._versions(self.uploads, self.prefix))
        for image_id in sorted(set(self.image_ids.values())):
            with self._noted(f"renditions below {image_id}/"):
                found = self._versions(self.renditions, f"{image_id}/")
                _delete(self.s3, self.renditions, found)
        with self._noted(f"the queue {self.subscriber.name} and its subscription"):
            self.subscriber.close()

    def _hide_uploads(self) -> list[dict[str, str]]:
        """Delete every upload as a person does, which leaves a marker; return what is under it."""
        versions = self._versions(self.uploads, self.prefix)
        listing = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.uploads, Prefix=self.prefix
        )
        for page in listing:
            for item in page.get("Contents", []):
                self.s3.delete_object(Bucket=self.uploads, Key=item["Key"])
        return versions

    def _await_deletion(self, keys: set[str]) -> None:
        """Wait until the records say so; the pipeline has removed the renditions by then."""
        deadline = time.monotonic() + self.seconds
        waiting = {key for key in keys if not self._says_deleted(key)}
        while waiting and time.monotonic() < deadline:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
            waiting = {key for key in waiting if not self._says_deleted(key)}
        for key in sorted(waiting):
            self.left.append(f"the record of {key}, which does not say `deleted`")

    def _says_deleted(self, key: str) -> bool:
        if key not in self.image_ids:
            with suppress(OSError):  # a check has told already that the API is broken
                if found := self.images.image_at(key):
                    self.image_ids[key] = found["image_id"]
        image_id = self.image_ids.get(key)
        return image_id is not None and self.record_of(image_id).get("status") == Status.DELETED

    def _versions(self, bucket: str, prefix: str) -> list[dict[str, str]]:
        pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        return [
            {"Key": found["Key"], "VersionId": found["VersionId"]}
            for page in pages
            for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        ]

    @contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            self.left.append(f"{what} ({explain(error)})")


def _delete(s3: Any, bucket: str, versions: list[dict[str, str]]) -> None:
    for each in versions:
        s3.delete_object(Bucket=bucket, **each)


def report(cleanup: Cleanup, say: Callable[[str], None]) -> None:
    """Say what remains."""
    for each in cleanup.left:
        say(f"left behind: {each}")
    if not cleanup.left:
        say(
            "removed: uploads with all versions, renditions, subscription and queue. The records "
            "say `deleted` and expire by themselves; logs, metrics and execution histories stay."
        )
