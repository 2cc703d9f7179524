"""The events that S3 sends to EventBridge, in the shape that AWS documents.

moto's own events have `eTag` for `etag`, always the same id and sequencer, the reasons of S3's
older notifications, and a version "null" for an object without one; a multipart upload sends two.
They are sent before the object has its content type and its tags, so that a fast function's tags
get lost.
Shape: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html.
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import events_backends
from moto.s3 import notifications
from moto.s3.responses import S3Response

from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
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
_request = threading.local()  # `events` of the request that this thread is answering


def object_event(reason: str, bucket: str, key: Any) -> dict[str, Any]:
    """Build the event of one object.

    Args:
        reason: moto's, such as `ObjectCreated:Put`.
        bucket: its name.
        key: moto's object, with `name`, `size`, `etag` and `version_id`.
    """
    created = reason.startswith("ObjectCreated")
    facts: dict[str, Any] = {"key": key.name}
    if created:
        facts |= {"size": key.size, "etag": key.etag.strip('"')}
    if key.version_id != "null":  # moto's version of an object that has none
        facts["version-id"] = key.version_id
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Object Created" if created else "Object Deleted",
        "source": "aws.s3",
        "account": ACCOUNT,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:s3:::{bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": bucket},
            "object": facts | {"sequencer": _sequencers.next()},
            "request-id": secrets.token_hex(8).upper(),
            "requester": ACCOUNT,
            "source-ip-address": "127.0.0.1",
            "reason": _REASONS[reason],
        },
    }


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
        try:
            return respond(*args, **kwargs)
        finally:
            _request.events = None
            for event, account_id in events:
                if not publish(event, account_id):
                    unmatched(event)

    return respond_and_announce


def _announce(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    reason = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
    if reason not in _REASONS:
        return  # tags and ACLs: no rule here matches them
    if reason == "ObjectCreated:Put" and key.multipart is not None:
        return  # moto announces a multipart upload as a Put first
    _request.events.append((object_event(reason, bucket.name, key), account_id))


def publish(event: Any, account_id: str = ACCOUNT) -> bool:
    """Offer an event to every rule, as EventBridge does; whether any rule matched it."""
    rules: list[Any] = [
        rule
        for bus in events_backends[account_id][REGION].event_buses.values()
        for rule in list(bus.rules.values())
    ]
    matched = [rule.send_to_targets(event, transform_input=False) for rule in rules]
    return any(matched)
