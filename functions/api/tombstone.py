"""What is left of an image that is deleted: a record that says so until it expires; pure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from image_pipeline import refusals
from image_pipeline.history import event, now
from image_pipeline.identity import following_sequencer
from image_pipeline.outcome import TOMBSTONE_SECONDS
from image_pipeline.settling import ANNOUNCEMENT, awaiting
from image_pipeline.status import Status

if TYPE_CHECKING:
    Record = dict[str, Any]

# No fact of the picture, no note of the uploader, and nothing that a reviewer has decided.
_KEPT = ("image_id", "key", "owner", "created_at", "uploaded_at", "announced_as", "displaced")


def tombstone(record: Record, version: str | None, holder: str) -> Record:
    """Return the record that takes the place of another when its image is deleted.

    Args:
        record: the other one.
        version: what the key holds, as records know it; None if it holds nothing.
        holder: nobody else's name. Steps of an execution that holds the record lose their claim.
    """
    refusal = refusals.object_deleted()
    at = now()
    facts: Record = {
        **{name: record[name] for name in _KEPT if name in record},
        "status": Status.DELETED,
        "reason": refusal.reason,
        "message": refusal.message,
        "uploaded_at": record.get("uploaded_at") or record.get("created_at") or at,
        "claimed_at": at,
        "processed_at": at,
        "sequencer": record.get("sequencer") or following_sequencer(""),
        "execution": holder,
        "expires": int(time.time()) + TOMBSTONE_SECONDS,
        **awaiting(
            record["image_id"],
            ANNOUNCEMENT,
            version=version,
            upload_id=record.get("upload_id"),
        ),
    }
    if record["status"] == Status.PROCESSING:
        # They may leave something; the sweep looks after them.
        facts["displaced"] = [*record.get("displaced", []), record["execution"]]
    return facts


def deletion(by: str) -> list[Record]:
    """Return the events of a deletion by a caller."""
    return [event(Status.DELETED, by, why=refusals.object_deleted().reason)]
