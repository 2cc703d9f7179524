"""Finalizes an upload: record, cleanup, tag, metric, notification."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.errors import Reason
from image_pipeline.notification import notification
from image_pipeline.observability import count_outcome, logger
from image_pipeline.renditions_bucket import Cleanup, key_prefix
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import StoredRendition


@dataclass(frozen=True)
class Outcome:
    """Outcome of an upload: a terminal status, its explanation, and the facts to record.

    Args:
        status: one of the four terminal statuses.
        reason: a code of `errors.Reason`; None if the image is approved.
        message: one sentence for the file's owner; None if there is nothing to explain.
        facts: further attributes of the record, JSON-ready.
        renditions: the renditions to keep; every other object of the image is deleted.
    """

    status: Status
    reason: str | None = None
    message: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    renditions: tuple[StoredRendition, ...] = ()


def finalize(
    outcome: Outcome, claim: Claim, upload: Upload, records: Records, renditions_bucket: str
) -> dict[str, Any]:
    """Finish the record, clean up, tag a rejected upload, count it; idempotent.

    Returns:
        The notification, see `notification.notification`.

    Raises:
        Superseded: the record belongs to a newer upload; nothing has changed.
    """
    cleanup = Cleanup.before_finishing(renditions_bucket, claim, upload)
    explanation = {
        name: text
        for name, text in (("reason", outcome.reason), ("message", outcome.message))
        if text is not None
    }
    records.finish(claim, outcome.status, {**explanation, **outcome.facts})
    if outcome.status is Status.FAILED:
        # A failed record can be claimed again at once: later objects are the next execution's.
        cleanup.remove_earlier()
    else:
        cleanup.remove_all_but(outcome.renditions)
    # Another attempt may accept a picture that was too expensive.
    if outcome.status is Status.REJECTED and outcome.reason != Reason.TOO_EXPENSIVE:
        _expire(upload)
    count_outcome(outcome.status, outcome.reason)
    logger.info("finished", extra={"status": outcome.status, "reason": outcome.reason})
    message = {
        # The same for every delivery, so that subscribers can recognize a duplicate.
        "id": f"{key_prefix(claim, upload)}{outcome.status}",
        "image_id": claim.image_id,
        "status": outcome.status,
        **explanation,
        "key": upload.object.key,
        "version_id": upload.object.version_id,
        "sequencer": upload.sequencer,
        "uploaded_at": upload.uploaded_at,
    }
    return notification(message)


def _expire(upload: Upload) -> None:
    if not storage.tag_rejected(upload.object):
        logger.warning("not tagged: ten other tags; the upload does not expire")
