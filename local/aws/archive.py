"""Archived objects as S3 has them, and what lifecycle rules do: expire and archive.

moto tells of a restored object only when somebody looks at it, and restores no older version.
Source: docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html.
"""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.s3 import notifications
from moto.s3.exceptions import (
    InvalidObjectState,
    MethodNotAllowed,
    MissingKey,
    MissingVersion,
)
from moto.s3.models import FakeDeleteMarker, FakeKey, s3_backends
from moto.s3.responses import S3Response
from moto.s3.utils import ARCHIVE_STORAGE_CLASSES

from local.aws.environment import ACCOUNT
from local.aws.moto_patches import replaced
from local.aws.versions import delete_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_EVENTS = notifications.S3NotificationEvent
_ONGOING, _RESTORED = "IN_PROGRESS", "RESTORED"
_IN_PROGRESS = (
    "<Error><Code>RestoreAlreadyInProgress</Code>"
    "<Message>Object restore is already in progress</Message></Error>"
)
_DAYS = re.compile(rb"<Days>\s*(\d+)")
_RESPONSE: Any = S3Response


class Archive:
    """The archived objects of the offline S3, and its lifecycle rules.

    A restore takes S3 minutes to hours. Here it completes at once, or when `complete` is called.

    Attributes:
        restores_at_once: whether to complete a restore with its request.
    """

    def __init__(self) -> None:
        self.restores_at_once = True
        self._ongoing: list[tuple[Any, Any]] = []

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which S3 archives and restores like this."""
        status: Any = property(lambda key: key._status, FakeKey.status.fset)  # type: ignore[attr-defined]
        with ExitStack() as patches:
            for owner, name, replacement in (
                (FakeKey, "status", status),
                (S3Response, "_key_response_post", self._restoring(_RESPONSE._key_response_post)),
            ):
                patches.enter_context(replaced(owner, name, replacement))
            yield

    def complete(self) -> None:
        """Complete the restores that have been asked for."""
        ongoing, self._ongoing = self._ongoing, []
        for bucket, key in ongoing:
            key.status = _RESTORED
            notifications.send_event(ACCOUNT, _EVENTS.OBJECT_RESTORE_COMPLETED_EVENT, bucket, key)

    def _restoring(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def respond(
            response: Any, request: Any, body: bytes, bucket_name: str, query: Any, key_name: str
        ) -> Any:
            if "restore" not in query:
                return genuine(response, request, body, bucket_name, query, key_name)
            response._set_action("KEY", "POST", query)
            version = query.get("versionId", [None])[0]
            key = _find(response.backend, bucket_name, key_name, version)
            if key.storage_class not in ARCHIVE_STORAGE_CLASSES:
                raise InvalidObjectState(storage_class=key.storage_class)
            if key._expiry and key.status == _ONGOING:
                return 409, {"content-type": "application/xml"}, _IN_PROGRESS
            days = _DAYS.search(body)
            bucket = response.backend.get_bucket(bucket_name)
            return self._restore(bucket, key, int(days[1]) if days else 1), {}, ""

        return respond

    def _restore(self, bucket: Any, key: Any, days: int) -> int:
        """Begin a restore, or prolong a copy; return the status of the answer."""
        was_restored = key._expiry is not None
        # At the midnight that follows the last day.
        end = datetime.now(UTC) + timedelta(days=days + 1)
        key._expiry = end.replace(hour=0, minute=0, second=0, microsecond=0)
        if was_restored:
            return 200
        key.status = _ONGOING
        notifications.send_event(ACCOUNT, _EVENTS.OBJECT_RESTORE_POST_EVENT, bucket, key)
        self._ongoing.append((bucket, key))
        if self.restores_at_once:
            self.complete()
        return 202

    def transition(self, bucket: str, key: str, storage_class: str) -> None:
        """Move the current version to a storage class, as a lifecycle rule does."""
        backend = s3_backends[ACCOUNT]["aws"]
        moved = _find(backend, bucket, key, None)
        moved.set_storage_class(storage_class)
        moved.set_expiry(None)
        notifications.send_event(
            ACCOUNT, _EVENTS.LIFECYCLE_TRANSITION_EVENT, backend.get_bucket(bucket), moved
        )

    def expire(self, bucket: str, key: str, version_id: str | None = None) -> None:
        """Expire the current version, or a noncurrent one, as a lifecycle rule does."""
        delete_object(s3_backends[ACCOUNT]["aws"], bucket, key, version_id, expired=True)


def _find(backend: Any, bucket: str, key: str, version_id: str | None) -> Any:
    found = backend.get_object(bucket, key, version_id, return_delete_marker=True)
    if isinstance(found, FakeDeleteMarker):
        raise MethodNotAllowed if version_id else MissingKey(key)
    if found is None:
        raise MissingVersion(key, version_id) if version_id else MissingKey(key)
    return found
