"""POST /images/{id}/review: a person decides about an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import REVIEW
from api.errors import PreconditionFailedError, PreconditionRequiredError
from api.etags import is_expected
from api.parameters import IDEMPOTENCY_KEY, IF_MATCH, IMAGE_ID, LINE, LINES
from api.review_rules import APPROVE, REJECT, decided, decision_of
from api.routing import Answer, Body, Response, Route
from image_pipeline.history import REVISION
from image_pipeline.observability import count_outcome
from image_pipeline.records import ChangedError
from image_pipeline.settling import RERUN

if TYPE_CHECKING:
    from api.routing import Request
    from api.writes import Writes

    Record = dict[str, Any]


def answer(writes: Writes, request: Request) -> Answer:
    """Record a decision, and what follows from it."""
    record = writes.record(request.arguments["id"], request.caller)
    _require_seen(record, request.if_match)
    by = request.caller.name or "anybody"
    change = decided(record, decision_of(record, request.body, by))
    try:
        written = writes.records.amend(record, *change)
    except ChangedError as error:
        raise _changed() from error
    if "status" in change.changes:
        count_outcome(written["status"], written.get("reason"))
    waits = change.changes.get("awaits")
    now = writes.settle(written) if waits else written
    tag = {"etag": f'"{now[REVISION]}"'}
    return Answer(202 if waits == RERUN else 200, _shown(now), tag)


def _require_seen(record: Record, if_match: str | None) -> None:
    if if_match is None or if_match == "*":
        raise PreconditionRequiredError(
            "Send If-Match with the ETag that GET /images/{id} gave for the image you have seen."
        )
    if not is_expected(if_match, record.get(REVISION, 0)):
        raise _changed()


def _changed() -> PreconditionFailedError:
    return PreconditionFailedError(
        "The image has changed since. Get it again, look at it, and decide then."
    )


def _shown(record: Record) -> Record:
    told = ("image_id", "status", "reason", "message", "processed_at", "decision")
    return {name: record[name] for name in told if name in record}


_DECISION = {
    "type": "object",
    "required": ["decision", "by", "at"],
    "properties": {
        "decision": {"enum": [APPROVE, REJECT], "type": "string"},
        "by": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "reason": {"type": "string"},
        "note": {"type": "string"},
        "version": {"type": "string"},
    },
}
_REVIEWED = {
    "type": "object",
    "required": ["image_id", "status", "decision"],
    "properties": {
        "image_id": {"type": "string"},
        "status": {"enum": ["approved", "rejected", "review"], "type": "string"},
        "reason": {"type": "string"},
        "message": {"type": "string"},
        "processed_at": {"type": "string", "format": "date-time"},
        "decision": _DECISION,
    },
}
_EXAMPLE = {
    "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
    "status": "approved",
    "processed_at": "2026-11-21T12:03:40.021Z",
    "decision": {
        "decision": "approve",
        "by": "reviewer@example.com",
        "at": "2026-11-21T12:03:40.021Z",
        "reason": "harmless",
        "note": "A statue in a museum.",
    },
}

ROUTE = Route(
    method="POST",
    path="/images/{id}/review",
    operation_id="review_image",
    summary="Approve or reject an image",
    description="For an image in review. One that moderation or a reviewer has approved or "
    "rejected can be decided about again, as an appeal; a file that was rejected for what it is "
    "cannot. If-Match names the image as it was seen. Approving an image whose renditions are gone "
    "has it processed again; it is approved when that has ended.",
    responses={
        200: Response("The decision is in force.", _REVIEWED, _EXAMPLE, ("ETag",)),
        202: Response(
            "The image is approved once its renditions are made again.",
            _REVIEWED,
            {**_EXAMPLE, "status": "rejected", "reason": "moderation_rejected"},
            ("ETag",),
        ),
        400: Response("The id, the body or a header is malformed."),
        404: Response("There is no image with this id."),
        409: Response("Nobody can decide about an image in this state."),
        412: Response("The image has changed since it was seen."),
        428: Response("If-Match is missing."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID, IF_MATCH, IDEMPOTENCY_KEY),
    body=Body(
        {
            "type": "object",
            "required": ["decision"],
            "additionalProperties": False,
            "properties": {
                "decision": {"enum": [APPROVE, REJECT], "type": "string"},
                "reason": {"type": "string", "maxLength": 200, "pattern": LINE},
                "note": {"type": "string", "maxLength": 2000, "pattern": LINES},
            },
        },
        {"decision": "approve", "reason": "harmless", "note": "A statue in a museum."},
    ),
)
