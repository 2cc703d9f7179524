"""The events that S3 sends to EventBridge, in the shape that AWS documents.

moto's own events have `eTag` for `etag`, always the same id and sequencer, the reasons of S3's
older notifications, and a version "null" for an object without one; a multipart upload sends two.
It tells of no delete marker and of few deletions. Its events are sent before the object
has its content type and its tags, so that a fast function's tags get lost.
Shape: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends
from moto.s3 import notifications
from moto.s3.responses import S3Response

from local.aws.environment import ACCOUNT, REGION
from local.aws.forms import IS_FORM
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_S3 = "s3.amazonaws.com"  # the requester of what no request asked for
_EMPTY = hashlib.md5(b"", usedforsecurity=False).hexdigest()  # the ETag of a delete marker
_MARKED, _GONE = "Delete Marker Created", "Permanently Deleted"
_RESTORED = "ObjectRestore:Completed"


@dataclass(frozen=True)
class _Kind:
    """How EventBridge describes one of S3's notifications."""

    detail_type: str
    reason: str = ""
    deletion_type: str = ""
    by_lifecycle: bool = False


_KINDS = {
    "ObjectCreated:Put": _Kind("Object Created", "PutObject"),
    "ObjectCreated:Post": _Kind("Object Created", "POST Object"),
    "ObjectCreated:Copy": _Kind("Object Created", "CopyObject"),
    "ObjectCreated:CompleteMultipartUpload": _Kind("Object Created", "CompleteMultipartUpload"),
    "ObjectRemoved:Delete": _Kind("Object Deleted", "DeleteObject", _GONE),
    "ObjectRemoved:DeleteMarkerCreated": _Kind("Object Deleted", "DeleteObject", _MARKED),
    "LifecycleExpiration:Delete": _Kind("Object Deleted", "Lifecycle Expiration", _GONE, True),
    "LifecycleExpiration:DeleteMarkerCreated": _Kind(
        "Object Deleted", "Lifecycle Expiration", _MARKED, True
    ),
    "LifecycleTransition": _Kind("Object Storage Class Changed", by_lifecycle=True),
    "ObjectRestore:Post": _Kind("Object Restore Initiated"),
    _RESTORED: _Kind("Object Restore Completed", by_lifecycle=True),
}


class _Sequencers:
    """Hexadecimal numbers of 18 digits, each larger than all before it, across runs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns())
            return f"{self._last:018X}"


_sequencers = _Sequencers()
# Of the request that this thread is answering: its `events`, and whether it `is_form`.
_request = threading.local()


def object_event(name: str, bucket: Any, key: Any) -> dict[str, Any]:
    """Build the event of one object.

    Args:
        name: S3's name of the notification, such as `ObjectCreated:Put`.
        bucket: moto's bucket.
        key: moto's object or delete marker.
    """
    kind = _KINDS[name]
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": kind.detail_type,
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": _text(datetime.now(UTC)),
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket.name}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket.name},
            "object": _object(kind, bucket, key),
            "request-id": secrets.token_hex(8).upper(),
            **_requester(kind),
            **({"reason": kind.reason} if kind.reason else {}),
            **({"deletion-type": kind.deletion_type} if kind.deletion_type else {}),
            **_storage_classes(name, key),
        },
    }


def _object(kind: _Kind, bucket: Any, key: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"key": key.name}
    if kind.detail_type != "Object Deleted":
        facts["size"] = key.size
    facts["etag"] = getattr(key, "etag", _EMPTY).strip('"')
    if bucket.versioning_status:  # a bucket that never had versioning names none
        facts["version-id"] = key.version_id
    if kind.reason:
        facts["sequencer"] = _sequencers.next()
    return facts


def _requester(kind: _Kind) -> dict[str, str]:
    if kind.by_lifecycle:
        return {"requester": _S3}
    return {"requester": ACCOUNT, "source-ip-address": "127.0.0.1"}


def _storage_classes(name: str, key: Any) -> dict[str, str]:
    if name == "LifecycleTransition":
        return {"destination-storage-class": key.storage_class}
    if not name.startswith("ObjectRestore:"):
        return {}
    ends = {"restore-expiry-time": _text(key._expiry)} if name == _RESTORED else {}
    return ends | {"source-storage-class": key.storage_class}


def _text(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def documented_object_events(
    unmatched: Callable[[dict[str, Any]], None] = lambda _event: None,
) -> Iterator[None]:
    """Context manager in which S3 sends EventBridge these events and no others.

    Args:
        unmatched: called with each event that no rule matches.
    """
    with ExitStack() as patches:
        patches.enter_context(replaced(notifications, "_send_event_bridge_message", _announce))
        for name in ("bucket_response", "key_response"):
            respond = _announcing_at_the_end(getattr(S3Response, name), unmatched)
            patches.enter_context(replaced(S3Response, name, respond))
        yield


def _announcing_at_the_end(
    respond: Callable[..., Any], unmatched: Callable[[dict[str, Any]], None]
) -> Callable[..., Any]:
    """Wrap the response to a request so that its events are sent after everything else."""

    def respond_and_announce(*args: Any, **kwargs: Any) -> Any:
        events: list[tuple[dict[str, Any], str]] = []
        _request.events = events
        _request.is_form = IS_FORM in getattr(args[1], "environ", {})
        try:
            return respond(*args, **kwargs)
        finally:
            _request.events, _request.is_form = None, False
            for event, account_id in events:
                if not publish(event, account_id):
                    unmatched(event)

    return respond_and_announce


def _announce(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    name = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
    if name not in _KINDS:
        return  # tags and ACLs: no rule here matches them
    if name == "ObjectCreated:Put" and key.multipart is not None:
        return  # moto announces a multipart upload as a Put first
    if name == "ObjectCreated:Put" and getattr(_request, "is_form", False):
        name = "ObjectCreated:Post"
    event = object_event(name, bucket, key)
    of_request = getattr(_request, "events", None)
    if of_request is None:  # S3 acts by itself
        publish(event, account_id)
    else:
        of_request.append((event, account_id))


def publish(event: Any, account_id: str = ACCOUNT) -> bool:
    """Offer an event to every rule, as EventBridge does; whether any rule matched it."""
    rules: list[Any] = [
        rule
        for bus in events_backends[account_id][REGION].event_buses.values()
        for rule in list(bus.rules.values())
    ]
    matched = [rule.send_to_targets(event, transform_input=False) for rule in rules]
    return any(matched)
