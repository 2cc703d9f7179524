"""What a reviewer may decide about an image, and what follows for its record; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import ConflictError
from image_pipeline.errors import Reason
from image_pipeline.history import event, now
from image_pipeline.outcome import NOT_ALLOWED
from image_pipeline.records import version_of
from image_pipeline.settling import ANNOUNCEMENT, RERUN, awaiting
from image_pipeline.status import Status

if TYPE_CHECKING:
    Record = dict[str, Any]

APPROVE, REJECT = "approve", "reject"
# Pictures that somebody has looked at. Every other rejection is about a file.
_DECIDED = {Reason.MODERATION_REJECTED, Reason.REVIEW_REJECTED}


class Change(NamedTuple):
    """A change of a record: attributes to set and to remove, and the events that tell of it."""

    changes: Record
    remove: tuple[str, ...]
    events: list[Record]


def decision_of(record: Record, body: Record, by: str) -> Record:
    """Return the decision of a person, as the record of the image keeps it."""
    told = {name: body[name] for name in ("reason", "note") if body.get(name)}
    version = version_of(record)
    return {
        "decision": body["decision"],
        "by": by,
        "at": now(),
        **told,
        **({"version": version} if version else {}),
    }


def decided(record: Record, decision: Record) -> Change:
    """Return what a decision changes.

    An image in review is approved or rejected. A decision about one that is decided already, by
    moderation or by a reviewer, is an appeal: it changes the status, or else confirms it. An
    approval of an image that has no renditions any more has it processed again; the decision in
    its record is then what `StoreResults` follows.

    Raises:
        ConflictError: nobody can decide about an image in this state.
    """
    require_decidable(record)
    about = event(
        "decided",
        decision["by"],
        decision["at"],
        decision=decision["decision"],
        version=decision.get("version"),
        why=decision.get("reason"),
        note=decision.get("note"),
    )
    is_approval = decision["decision"] == APPROVE
    if record["status"] == (Status.APPROVED if is_approval else Status.REJECTED):
        return Change({"decision": decision}, (), [about])
    if not is_approval:
        return _rejected(record, decision, about)
    if record.get("renditions"):
        return _approved(record, decision, about)
    waits = awaiting(record["image_id"], RERUN)
    return Change({"decision": decision, **waits}, (), [about])


def require_decidable(record: Record) -> None:
    """Raise ConflictError if nobody can decide about an image in its state."""
    status = Status(record["status"])
    if status in {Status.REVIEW, Status.APPROVED}:
        return
    if status is Status.REJECTED and record.get("reason") in _DECIDED:
        return
    raise ConflictError(_REFUSALS[status])


_REFUSALS = {
    Status.PENDING: "Nothing has been uploaded yet; there is nothing to decide.",
    Status.PROCESSING: "The image is being processed; decide when that has ended.",
    Status.REJECTED: "The file itself was rejected, for its reason; no decision can change that.",
    Status.FAILED: "Processing has failed; have the image reprocessed first.",
    Status.DELETED: "The image was deleted.",
}


def _approved(record: Record, decision: Record, about: Record) -> Change:
    approved = event(Status.APPROVED, decision["by"], version=decision.get("version"))
    changes = {
        "status": Status.APPROVED,
        "processed_at": decision["at"],
        "decision": decision,
        **awaiting(record["image_id"], ANNOUNCEMENT),
    }
    return Change(changes, ("reason", "message", "last_approved"), [about, approved])


def _rejected(record: Record, decision: Record, about: Record) -> Change:
    reason = Reason.REVIEW_REJECTED
    rejected = event(
        Status.REJECTED,
        decision["by"],
        version=decision.get("version"),
        why=reason,
        message=NOT_ALLOWED,
    )
    changes = {
        "status": Status.REJECTED,
        "reason": reason,
        "message": NOT_ALLOWED,
        "processed_at": decision["at"],
        "renditions": [],
        "decision": decision,
        **awaiting(record["image_id"], ANNOUNCEMENT),
    }
    return Change(changes, ("placeholder", "last_approved"), [about, rejected])
