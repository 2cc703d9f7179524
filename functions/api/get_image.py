"""GET /images/{id}: one image by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.caller import READ, REVIEW
from api.etags import is_known
from api.parameters import IF_NONE_MATCH, IMAGE_ID, Parameter
from api.reads import IMAGE
from api.routing import Answer, Response, Route
from api.view import OPEN
from api.waiting import LONGEST_WAIT, held

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request

WAIT = Parameter(
    name="wait",
    place="query",
    description="For how many seconds to hold the answer while the status stays the same. What is "
    "finished is answered at once, unless If-None-Match names it as it is.",
    refusal=f"wait is a whole number of seconds, from 1 to {LONGEST_WAIT}.",
    schema={"type": "integer", "minimum": 1, "maximum": LONGEST_WAIT},
    required=False,
    example=LONGEST_WAIT,
)


def answer(reads: Reads, request: Request) -> Answer:
    """Show the image with an id, once its status has changed if the caller wants to wait."""
    image_id = request.arguments["id"]
    record = reads.record(image_id, request.caller)
    if "wait" in request.arguments:
        record = held(
            record,
            lambda: reads.record(image_id, request.caller),
            lambda found: _is_news(reads, request, record, found),
            request.arguments["wait"],
            reads.clock,
        )
    return reads.answer(record, request)


def _is_news(reads: Reads, request: Request, first: dict[str, Any], found: dict[str, Any]) -> bool:
    """Return whether a record is what a caller waits for, who has asked when it was `first`."""
    if found["status"] != first["status"]:
        return True
    if request.if_none_match is not None and not is_known(request.if_none_match, reads.tag(first)):
        return True
    if first["status"] in OPEN:
        return False
    return not is_known(request.if_none_match, reads.tag(found))


ROUTE = Route(
    method="GET",
    path="/images/{id}",
    operation_id="get_image",
    summary="Get an image by its id",
    description="Before a verdict only its status and the words of the uploader are known. While "
    "it is in work, `Retry-After` says when to ask again; better still, let the answer `wait`.",
    responses={
        **IMAGE,
        400: Response("The id or the wait is malformed."),
        404: Response("There is no image with this id."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=(IMAGE_ID, WAIT, IF_NONE_MATCH),
)
