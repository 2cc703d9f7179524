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
    "created_at",
    "uploaded_at",
    "processed_at",
)
_AFTER_A_VERDICT = ("source", "metadata", "moderation", "cost_usd")
_OF_AN_APPROVED_IMAGE = ("placeholder",)
_OF_THE_URL = {"key", "version_id"}
_OF_LAST_APPROVED = ("version_id", "uploaded_at", "processed_at")
_EXPIRING = {Status.PENDING, Status.DELETED}

ATTRIBUTES = (
    *_ALWAYS,
    *_AFTER_A_VERDICT,
    *_OF_AN_APPROVED_IMAGE,
    *("renditions", "last_approved", "owner", "expires"),
)
"""Attributes of a record that its view depends on."""

OPEN = {Status.PENDING, Status.PROCESSING}
"""Statuses of an image whose outcome is not known yet."""


def is_gone(record: dict[str, Any], now: float) -> bool:
    """Return whether a record has expired, which DynamoDB may take two days to delete."""
    return record["status"] in _EXPIRING and record.get("expires", now + 1) <= now


def shown_version(record: dict[str, Any]) -> dict[str, Any] | None:
    """Return the approved version that a record is of, or that it keeps; None if there is none."""
    if record["status"] == Status.APPROVED:
        return record
    kept: dict[str, Any] | None = record.get("last_approved")
    return kept


def shown_renditions(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the renditions that may be read: those of the approved version."""
    renditions: list[dict[str, Any]] = (shown_version(record) or {}).get("renditions", [])
    return renditions


def present(record: dict[str, Any], delivery: Delivery) -> dict[str, Any]:
    """Select what a caller may see: before a verdict the status and the words of the uploader.

    Only an approved version can be seen, in renditions or in a placeholder. If that is not the
    newest, `last_approved` says which one it is; everything else is about the newest.

    Args:
        record: the record as stored.
        delivery: makes the URLs of renditions.
    """
    shown = _ALWAYS if record["status"] in OPEN else _ALWAYS + _AFTER_A_VERDICT
    view = {name: record[name] for name in shown if name in record}
    approved = shown_version(record)
    if approved is None:
        return view
    view |= {name: approved[name] for name in _OF_AN_APPROVED_IMAGE if name in approved}
    if approved is not record:
        view["last_approved"] = {
            name: approved[name] for name in _OF_LAST_APPROVED if name in approved
        }
    view["renditions"] = linked(shown_renditions(record), delivery)
    return view


def linked(renditions: list[dict[str, Any]], delivery: Delivery) -> list[dict[str, Any]]:
    """Return renditions as a caller may see them, given as the record has them, with fresh URLs."""
    return [
        {name: fact for name, fact in rendition.items() if name not in _OF_THE_URL} | link._asdict()
        for rendition, link in zip(renditions, delivery.links(renditions), strict=True)
    ]
