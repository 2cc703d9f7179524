"""Deletes images: first their records, then everything that was made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.errors import UnavailableError
from api.tombstone import deletion, tombstone
from image_pipeline import uploads_bucket
from image_pipeline.current import current
from image_pipeline.observability import count_outcome
from image_pipeline.records import ChangedError
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.caller import Caller
    from api.writes import Writes
    from image_pipeline.current import Current

    Record = dict[str, Any]

# Every failed attempt means that somebody else has written the record.
_ATTEMPTS = 20


def _anything(_record: Record, _found: Current | None) -> None:
    """Let every image be deleted."""


def mark_deleted(
    writes: Writes,
    image_id: str,
    caller: Caller,
    request_id: str,
    check: Callable[[Record, Current | None], None] = _anything,
) -> Record | None:
    """Put a tombstone in the place of a record.

    Args:
        writes: where the record is.
        image_id: of the image.
        caller: who deletes it.
        request_id: of the request.
        check: called with a record and with what its key holds; its errors keep the record.

    Returns:
        The record if there is something left to delete that nobody else deletes; else None.

    Raises:
        NotFoundError: there is no such image, or the caller may not know of it.
    """
    for _ in range(_ATTEMPTS):
        record = writes.record(image_id, caller)
        if record["status"] == Status.DELETED:
            return _unfinished(writes, record)
        found = current(writes.uploads_bucket, record["key"])
        check(record, found)
        version = found.version if found else None
        marked = tombstone(record, version, f"deletion/{request_id}")
        try:
            written = writes.records.replace(marked, record, deletion(caller.name or "anybody"))
        except ChangedError:
            continue
        count_outcome(Status.DELETED, marked["reason"])
        return written
    raise UnavailableError(
        "The image kept changing. Please try again.", headers={"retry-after": "1"}
    )


def _unfinished(writes: Writes, record: Record) -> Record | None:
    if "awaits" in record:
        return record if writes.settling.take(record) else None
    # Objects that were deleted in S3 itself leave their older versions.
    uploads_bucket.remove(writes.uploads_bucket, record["key"], None)
    return None
