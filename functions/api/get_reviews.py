"""GET /reviews: how many images wait for a review, and for how long."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from api.caller import REVIEW
from api.routing import Answer, Response, Route
from api.schemas.fields import count, record

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request

_OLDEST = 200


def answer(reads: Reads, request: Request) -> Answer:  # noqa: ARG001 - it is the same for all
    """Count the images in review."""
    # Most requests are for images, and need none of this.
    from api import review_queue
    from api.leases import Leases

    table_name = reads.records.table_name
    oldest = list(islice(review_queue.waiting(table_name), _OLDEST))
    held = Leases(reads.leases_table).held(each.rpartition("#")[2] for each in oldest)
    body = {
        "images": review_queue.count(table_name),
        "oldest_created_at": oldest[0].rpartition("#")[0] if oldest else None,
        "leased": len(held),
    }
    return Answer(body=body)


ROUTE = Route(
    method="GET",
    path="/reviews",
    operation_id="get_reviews",
    summary="Count the images that wait for a review",
    description="Images in review, when the oldest of them became known, and how many reviewers "
    f"hold now, of the {_OLDEST} oldest.",
    responses={
        200: Response(
            "The length of the queue.",
            record(
                "The review queue.",
                "images oldest_created_at leased",
                images=count("Images in review."),
                oldest_created_at={
                    "type": ["string", "null"],
                    "format": "date-time",
                    "description": "When the oldest became known; null if none waits.",
                },
                leased=count(f"Images among the {_OLDEST} oldest that somebody holds."),
            ),
            {"images": 12, "oldest_created_at": "2026-11-27T05:00:00.000Z", "leased": 2},
        )
    },
    answer=answer,
    scopes=(REVIEW,),
)
