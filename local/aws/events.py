"""What S3 tells EventBridge about a new object, in the shape that AWS documents.

moto sends such an event too, but with `eTag` for `etag`, the same id and sequencer in every one,
S3's older reasons, a version "null" where there is none, and twice for a multipart upload. And it
sends it while the object has no content type yet and is about to get its tags, which would take
away those of a function that is quicker.
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
from local.aws.seams import replaced

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
    """Hexadecimal numbers of 18 digits, each larger than any before, even of an earlier run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        with self._lock:
            self._last = max(self._last + 1, time.time_ns())
            return f"{self._last:018X}"


_sequencers = _Sequencers()
_request = threading.local()  # `events`: those of the request that this thread responds to


def object_event(reason: str, bucket: str, key: Any) -> dict[str, Any]:
    """The event of one object.

    Args:
        reason: moto's, such as `ObjectCreated:Put`.
        bucket: its name.
        key: moto's object, with `name`, `size`, `etag` and `version_id`.
    """
    created = reason.startswith("ObjectCreated")
    facts: dict[str, Any] = {"key": key.name}
    if created:
        facts |= {"size": key.size, "etag": key.etag.strip('"')}
    if key.version_id != "null":  # moto's word for an object without a version
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
def documented_object_events() -> Iterator[None]:
    """While it is open, S3 sends EventBridge the events above and no others."""
    with ExitStack() as seams:
        seams.enter_context(replaced(notifications, "_send_event_bridge_message", _announce))
        for name in ("bucket_response", "key_response"):
            respond = _announcing_at_the_end(getattr(S3Response, name))
            seams.enter_context(replaced(S3Response, name, respond))
        yield


def _announcing_at_the_end(respond: Callable[..., Any]) -> Callable[..., Any]:
    """The response to a request, which sends its events when it has done all else."""

    def respond_and_announce(*args: Any, **kwargs: Any) -> Any:
        events: list[tuple[dict[str, Any], str]] = []
        _request.events = events
        try:
            return respond(*args, **kwargs)
        finally:
            _request.events = None
            for event, account_id in events:
                publish(event, account_id)

    return respond_and_announce


def _announce(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
    reason = str(getattr(event_name, "value", event_name)).removeprefix("s3:")
    if reason not in _REASONS:
        return  # tags and ACLs: nothing here listens to them
    if reason == "ObjectCreated:Put" and key.multipart is not None:
        return  # moto announces a multipart upload as a Put first
    _request.events.append((object_event(reason, bucket.name, key), account_id))


def publish(event: Any, account_id: str = ACCOUNT) -> None:
    """Offer an event to every rule, as EventBridge does with what an AWS service sends."""
    for bus in events_backends[account_id][REGION].event_buses.values():
        for rule in list(bus.rules.values()):
            rule.send_to_targets(event, transform_input=False)
