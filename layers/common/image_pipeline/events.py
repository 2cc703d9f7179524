"""Events about objects, each of them a hint to look at a key.

S3's "Object Created", "Object Deleted" and "Object Restore Completed" arrive through EventBridge
(docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html). The sweep and a rerun start
executions with events of their own, which name only the key. Unlike in S3's own notifications, keys
are not encoded: unquoting one would break a key with a `+` or a `%`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SWEEP, RERUN = "image-pipeline.sweep", "image-pipeline.rerun"
S3 = "aws.s3"
"""Source of the events of S3."""


@dataclass(frozen=True)
class ObjectEvent:
    """An event about the object at a key, at a time in ISO 8601, UTC.

    `version_id`, `etag`, `size` in bytes and `sequencer` are those of the object that the event is
    about, where S3 says so. `reuse` allows the steps to take over earlier results that would not
    differ.
    """

    source: str
    kind: str
    time: str
    bucket: str
    key: str
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    sequencer: str | None = None
    reuse: bool = False

    @property
    def is_creation(self) -> bool:
        """Whether S3 announces a new object."""
        return self.source == S3 and self.kind == "Object Created"


def event_from(event: dict[str, Any]) -> ObjectEvent:
    """Read an event as EventBridge delivers it."""
    detail = event["detail"]
    about = detail["object"]
    is_from_s3 = event["source"] == S3
    return ObjectEvent(
        source=event["source"],
        kind=event["detail-type"],
        time=event["time"],
        bucket=detail["bucket"]["name"],
        key=about["key"],
        version_id=about.get("version-id"),
        etag=about.get("etag"),
        size=about.get("size"),
        # Only S3's own order the life of an object.
        sequencer=about.get("sequencer") if is_from_s3 else None,
        # Not of S3: what has just been uploaded has no earlier results.
        reuse=not is_from_s3 and detail.get("reuse") is True,
    )


def look_at(
    bucket: str, key: str, source: str, time: str, *, reuse: bool = False
) -> dict[str, Any]:
    """Build the event that starts an execution for whatever the bucket holds under a key.

    Args:
        bucket: the uploads bucket.
        key: of the object.
        source: `SWEEP` or `RERUN`; a rerun judges a finished version again.
        time: in ISO 8601, UTC.
        reuse: whether a rerun takes over those earlier results that would not differ.
    """
    return {
        "source": source,
        "detail-type": "Object Created",
        "time": time,
        "detail": {
            "bucket": {"name": bucket},
            "object": {"key": key},
            **({"reuse": True} if reuse else {}),
        },
    }
