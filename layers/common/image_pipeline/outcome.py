"""How the story of every upload ends: the record, the clean-up, the tag, the count, the message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.observability import count_outcome, logger
from image_pipeline.renditions_bucket import Cleanup, key_prefix
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import StoredRendition


@dataclass(frozen=True)
class Outcome:
    """A terminal status, why, and what is known of the image.

    Args:
        status: one of the terminal four.
        reason: the code of `errors.Reason`, None when approved.
        message: one sentence for the file's owner, where there is something to say.
        facts: further attributes of the record, JSON-ready.
        renditions: what stays in the renditions bucket; everything else of the image goes.
    """

    status: Status
    reason: str | None = None
    message: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    renditions: tuple[StoredRendition, ...] = ()


def conclude(
    outcome: Outcome, claim: Claim, upload: Upload, records: Records, renditions_bucket: str
) -> dict[str, Any]:
    """Finish the record and everything around it; safe to repeat.

    Returns:
        `{"status", "reason", "message"}` for the notification: the first two are its attributes
        ("none" where there is no reason, since an attribute cannot be empty), the last its body.

    Raises:
        Superseded: the record belongs to a newer upload; nothing was changed.
    """
    cleanup = Cleanup.before_finishing(renditions_bucket, claim, upload)
    explanation = {
        name: text
        for name, text in (("reason", outcome.reason), ("message", outcome.message))
        if text is not None
    }
    records.finish(claim, outcome.status, {**explanation, **outcome.facts})
    if outcome.status is Status.FAILED:
        # It can be claimed again at once: what is written from now on is the next execution's.
        cleanup.remove_earlier()
    else:
        cleanup.remove_all_but(outcome.renditions)
    if outcome.status is Status.REJECTED:
        storage.tag_rejected(upload.object)
    count_outcome(outcome.status, outcome.reason)
    logger.info("finished", extra={"status": outcome.status, "reason": outcome.reason})
    message = {
        # The same however often it is sent, so that subscribers can tell a repeated message.
        "id": f"{key_prefix(claim, upload)}{outcome.status}",
        "image_id": claim.image_id,
        "status": outcome.status,
        **explanation,
        "key": upload.object.key,
        "version_id": upload.object.version_id,
        "sequencer": upload.sequencer,
        "uploaded_at": upload.uploaded_at,
    }
    return {"status": outcome.status, "reason": outcome.reason or "none", "message": message}
