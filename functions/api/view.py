"""A record as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.status import Status

if TYPE_CHECKING:
    from api.delivery import Delivery

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


def present(record: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    """Select what a caller may see: before a verdict the status and the words of the uploader.

    Only an approved version can be seen, in renditions or in a placeholder. If that is not the
    newest, `last_approved` says which one it is; everything else is about the newest.

    Args:
        record: the record as stored.
        delivery: makes the URLs of renditions.
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
    view["renditions"] = [
        {name: fact for name, fact in rendition.items() if name not in _OF_THE_URL} | link._asdict()
        for rendition, link in zip(renditions, delivery.links(renditions), strict=True)
    ]
    return view
