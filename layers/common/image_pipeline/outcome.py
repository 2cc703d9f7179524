"""Finalizes an upload: record, cleanup, tag, metric, notification."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from image_pipeline import objective, storage
from image_pipeline.errors import Reason
from image_pipeline.history import changing, event
from image_pipeline.notification import notification
from image_pipeline.observability import count_outcome, count_upload, logger
from image_pipeline.records import TAGGED
from image_pipeline.renditions_bucket import clean_up, key_prefix
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.models import Claim, Upload
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import RenditionsBucket, StoredRendition


FAILED = (
    "The picture could not be processed because of an error in the pipeline; upload it again later."
)
"""The sentence for an image that has failed, whoever records it."""

# Events of the steps whose findings an outcome records, and the facts that each of them found.
_FINDINGS = {
    "validated": {"source"},
    "rendered": {"renditions", "placeholder"},
    "judged": {"moderation"},
}

NOT_ALLOWED = "This picture is not allowed; upload a different one."
"""The sentence for an image that moderation or a reviewer has rejected."""

TOMBSTONE_SECONDS = 30 * 24 * 3600
"""How long the record of a deleted image says so, before DynamoDB removes it."""


@dataclass(frozen=True)
class Outcome:
    """Outcome of an upload: a terminal status, its explanation, and the facts to record.

    Args:
        status: one of the terminal statuses.
        reason: a code of `errors.Reason`; None if the image is approved.
        message: one sentence for the file's owner; None if there is nothing to explain.
        facts: further attributes of the record, JSON-ready.
        renditions: the renditions to keep; every other object of the image is deleted.
        hidden: those of them that readers may have seen, and may see no more.
    """

    status: Status
    reason: str | None = None
    message: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    renditions: tuple[StoredRendition, ...] = ()
    hidden: tuple[StoredRendition, ...] = ()

    @property
    def keeps_last_approved(self) -> bool:
        """Whether an earlier, approved version stays readable."""
        is_shown_no_more = self.status in {Status.APPROVED, Status.DELETED}
        is_refused = self.reason in {Reason.MODERATION_REJECTED, Reason.REVIEW_REJECTED}
        return not (is_shown_no_more or is_refused)

    @property
    def expires_upload(self) -> bool:
        """Whether the upload is to expire: not if another attempt may accept it."""
        return self.status is Status.REJECTED and self.reason not in {
            Reason.TOO_EXPENSIVE,
            Reason.ARCHIVED,
        }


def finalize(
    outcome: Outcome,
    claim: Claim,
    upload: Upload,
    records: Records,
    renditions_bucket: RenditionsBucket,
) -> dict[str, Any]:
    """Finish the record of an upload; return its notification, see `notification.notification`.

    Raises:
        Superseded: the record belongs to a newer upload; nothing has changed.
    """
    record = finish(outcome, claim, upload, records, renditions_bucket)
    return announcement(record, claim, upload)


def finish(
    outcome: Outcome,
    claim: Claim,
    upload: Upload,
    records: Records,
    renditions_bucket: RenditionsBucket,
) -> dict[str, Any]:
    """Finish the record, clean up, tag a rejected upload, count it; idempotent.

    Returns:
        The record as it is now.

    Raises:
        Superseded: the record belongs to a newer upload; nothing has changed.
    """
    explanation = {
        name: text
        for name, text in (("reason", outcome.reason), ("message", outcome.message))
        if text is not None
    }
    forget = () if outcome.keeps_last_approved else ("last_approved",)
    facts = {**explanation, **outcome.facts}
    if outcome.status is Status.DELETED:
        facts["expires"] = int(time.time()) + TOMBSTONE_SECONDS
    if outcome.status is Status.APPROVED:
        # First, so that no URL of an approved image answers 403.
        renditions_bucket.approve(outcome.facts.get("renditions", ()))
    if outcome.hidden:
        renditions_bucket.hide(outcome.hidden)
    record = records.finish(claim, outcome.status, facts, forget, _events(outcome, upload))
    clean_up(records, renditions_bucket, claim, upload, record)
    tag(record, upload)
    count_outcome(outcome.status, outcome.reason)
    seconds = objective.seconds_to_outcome(record, upload)
    if seconds is not None:
        count_upload(seconds, is_late=seconds > objective.SECONDS)
    logger.info("finished", extra={"status": outcome.status, "reason": outcome.reason})
    return record


def announcement(record: dict[str, Any], claim: Claim, upload: Upload) -> dict[str, Any]:
    """Return the notification of what a record has ended as."""
    # A person may decide more than once about a version, and each time that is news.
    decision = f"/{record['decision']['at']}" if "decision" in record else ""
    message: dict[str, Any] = {
        # The same for every delivery, so that subscribers can recognize a duplicate.
        "id": f"{key_prefix(claim, upload)}{record['status']}{decision}",
        "image_id": claim.image_id,
        "status": record["status"],
        **{name: record[name] for name in ("reason", "message") if name in record},
        "key": upload.object.key,
        "version_id": upload.object.version_id,
        "sequencer": upload.sequencer,
        "uploaded_at": upload.uploaded_at,
        "processed_at": record["processed_at"],
    }
    return notification(message)


def _events(outcome: Outcome, upload: Upload) -> list[dict[str, Any]]:
    """Return the events that an outcome adds to the history: what the steps found, then itself."""
    found = [
        changing(event(kind), {name: outcome.facts[name] for name in names & outcome.facts.keys()})
        for kind, names in _FINDINGS.items()
        if names & outcome.facts.keys()
    ]
    ended = event(
        outcome.status, version=upload.version, why=outcome.reason, message=outcome.message
    )
    return [*found, ended]


def tag(record: dict[str, Any], upload: Upload) -> None:
    """Tag a rejected upload, so that it expires; keep one that is not rejected any more."""
    if upload.object.etag:
        return  # without a version of its own, a newer upload could be tagged
    outcome = Outcome(Status(record["status"]), record.get("reason"))
    if outcome.expires_upload:
        if not storage.tag_rejected(upload.object):
            logger.warning("not tagged: ten other tags; the upload does not expire")
    elif TAGGED in record and outcome.status in {Status.APPROVED, Status.REVIEW}:
        storage.keep_rejected(upload.object)
