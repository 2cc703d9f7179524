"""GET /images/{id}/events: what happened to an image, when, by whom and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import READ, REVIEW
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.caller import Caller
    from api.reads import Reads
    from api.routing import Request

# What events tell of a picture itself, which may never have been approved, is not shown.
_SHOWN = ("type", "at", "by", "version", "why", "message", "decision")
_BETWEEN_REVIEWERS = ("note",)


def answer(reads: Reads, request: Request) -> Answer:
    """Tell the history of an image."""
    record = reads.record(request.arguments["id"], request.caller)
    return Answer(body=present_events(record, request.caller))


def present_events(record: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Select what a caller may see of a history, the oldest event first."""
    shown = _SHOWN + (_BETWEEN_REVIEWERS if caller.may(REVIEW) else ())
    return {
        "image_id": record["image_id"],
        "events": [
            {name: event[name] for name in shown if name in event}
            for event in record.get("history", ())
        ],
    }


ROUTE = Route(
    method="GET",
    path="/images/{id}/events",
    operation_id="list_image_events",
    summary="List what happened to an image",
    description="An append-only history, the oldest event first. It is bounded: where an image has "
    "too many events, the oldest are dropped, those of people last.",
    responses={
        200: Response("The history.", "History"),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=(IMAGE_ID,),
)
