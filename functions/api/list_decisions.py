"""GET /decisions: what people have decided about images, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import REVIEW
from api.list_images import PARAMETERS
from api.review_rules import APPROVE, REJECT
from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reads import Reads
    from api.routing import Request

    Record = dict[str, Any]

_ATTRIBUTES = ("key", "status", "decision", "expires")
_TOLD = ("decision", "reason", "note", "by", "at")
_SHARED = {parameter.name: parameter for parameter in PARAMETERS}


def answer(reads: Reads, request: Request) -> Answer:
    """Show a page of decisions."""
    # Few requests need any of these.
    from api import listing, search
    from api.image_index import filters_of, records_at

    limit, filters = request.arguments["limit"], filters_of(request)

    def look(positions: Sequence[str]) -> list[Record | None]:
        found = records_at(reads.records.table_name, positions, _ATTRIBUTES)
        return [
            each if each is not None and is_of(each, at) else None
            for each, at in zip(found, positions, strict=True)
        ]

    decisions = listing.Listing(
        name="decisions",
        fixed=("decisions", filters.since, filters.until),
        until=filters.until,
        sources=search.decisions(reads.read_model_table, filters.since),
        size=limit // 4 * 2 + 6,
        look=look,
        show=told,
    )
    return listing.answer(reads, request, decisions)


def is_of(record: Record, position: str) -> bool:
    """Return whether a record has the decision at a position; a later one is elsewhere."""
    decision = record.get("decision")
    return decision is not None and position == f"{decision['at']}#{record['image_id']}"


def told(record: Record) -> Record:
    """Return what is told of the decision in a record."""
    decision = {name: record["decision"][name] for name in _TOLD if name in record["decision"]}
    return {"image_id": record["image_id"], "key": record["key"], **decision}


_EXAMPLE = {
    "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
    "key": "uploads/photo.jpg",
    "decision": "approve",
    "reason": "harmless",
    "note": "A statue in a museum.",
    "by": "reviewer@example.com",
    "at": "2026-11-21T12:03:40.021Z",
}

ROUTE = Route(
    method="GET",
    path="/decisions",
    operation_id="list_decisions",
    summary="List what people have decided",
    description="The newest decision about each image, the newest first. Earlier ones are in the "
    "history of the image. New decisions are listed within seconds; those about deleted images "
    "are not listed.",
    responses={
        200: Response(
            "A page of decisions.",
            {
                "type": "object",
                "required": ["decisions", "next"],
                "properties": {
                    "decisions": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["image_id", "key", "decision", "by", "at"],
                            "properties": {
                                "image_id": {"type": "string"},
                                "key": {"type": "string"},
                                "decision": {"enum": [APPROVE, REJECT], "type": "string"},
                                "reason": {"type": "string"},
                                "note": {"type": "string"},
                                "by": {"type": "string"},
                                "at": {"type": "string", "format": "date-time"},
                            },
                        },
                    },
                    "next": {
                        "type": ["string", "null"],
                        "description": "For the next page; null on the last one.",
                    },
                },
            },
            {"decisions": [_EXAMPLE], "next": None},
        ),
        400: Response("A parameter is malformed, or `next` belongs to another request."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(
        _SHARED["from"]._replace(
            description="Only decisions of then or later: a day or a time of ISO 8601, of UTC "
            "unless it has an offset."
        ),
        _SHARED["to"]._replace(
            description="Only decisions of then or earlier; a day ends at midnight."
        ),
        _SHARED["limit"]._replace(description="How many decisions to answer with at most."),
        _SHARED["next"],
    ),
)
