"""A record as the API shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable

# The key and the notes under `upload` are the uploader's own words, not the picture.
_ALWAYS = (
    "image_id",
    "status",
    "reason",
    "message",
    "key",
    "upload",
    "uploaded_at",
    "processed_at",
)
_AFTER_A_VERDICT = ("source", "renditions", "metadata", "moderation")
_OF_AN_APPROVED_IMAGE = ("placeholder",)
_OF_THE_URL = {"key", "version_id"}
_OF_LAST_APPROVED = ("version_id", "uploaded_at", "processed_at")
_OPEN = {Status.PENDING, Status.PROCESSING}


def present(
    record: dict[str, Any], presigned_url: Callable[[dict[str, Any]], str], lifetime: int
) -> dict[str, Any]:
    """Select what a caller may see: before a verdict the status and the words of the uploader.

    Only an approved version can be seen, in renditions or in a placeholder. If that is not the
    newest, `last_approved` says which one it is; everything else is about the newest.

    Args:
        record: the record as stored.
        presigned_url: makes the URL of a rendition as stored.
        lifetime: how long those URLs are valid, in seconds.
    """
    shown = _ALWAYS if record["status"] in _OPEN else _ALWAYS + _AFTER_A_VERDICT
    view = {name: record[name] for name in shown if name in record}
    renditions = view.pop("renditions", [])
    approved = record if record["status"] == Status.APPROVED else record.get("last_approved")
    if approved is None:
        return view
    view |= {name: approved[name] for name in _OF_AN_APPROVED_IMAGE if name in approved}
    if approved is not record:
        renditions = approved["renditions"]
        view["last_approved"] = {
            name: approved[name] for name in _OF_LAST_APPROVED if name in approved
        }
    expires_at = (datetime.now(UTC) + timedelta(seconds=lifetime)).isoformat(timespec="seconds")
    view["renditions"] = [
        {name: fact for name, fact in rendition.items() if name not in _OF_THE_URL}
        | {
            "url": presigned_url(rendition),
            "expires_at": expires_at.replace("+00:00", "Z"),
        }
        for rendition in renditions
    ]
    return view
