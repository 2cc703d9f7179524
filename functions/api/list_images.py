"""GET /images: the newest images, page by page; with ?key=… one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import find_image
from api.caller import READ, REVIEW
from api.parameters import IF_NONE_MATCH, KEY, LINE, Parameter
from api.periods import PATTERN
from api.routing import Answer, Response, Route
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.image_index import Filters
    from api.merging import Source
    from api.reads import Reads
    from api.routing import Request

_MOMENT = {"type": "string", "maxLength": 40, "pattern": PATTERN}

PARAMETERS = (
    Parameter(
        name="status",
        place="query",
        description="Only images with this status. Without it, all but those that were deleted.",
        refusal=f"status is one of {', '.join(Status)}.",
        schema={"type": "string", "enum": [*Status]},
        required=False,
    ),
    Parameter(
        name="from",
        place="query",
        description="Only images that became known then or later: a day or a time of ISO 8601, "
        "of UTC unless it has an offset.",
        refusal="from is a day such as 2026-11-27 or a time such as 2026-11-27T08:30:00Z.",
        schema=_MOMENT,
        required=False,
        example="2026-11-01",
    ),
    Parameter(
        name="to",
        place="query",
        description="Only images that became known then or earlier; a day ends at midnight.",
        refusal="to is a day such as 2026-11-27 or a time such as 2026-11-27T08:30:00Z.",
        schema=_MOMENT,
        required=False,
        example="2026-11-27T08:30:00Z",
    ),
    Parameter(
        name="q",
        place="query",
        description="Only images with all of these words, in any order: of the file name; year, "
        "month and name of the month in which the image became known; and once there is a verdict, "
        "the same of the exposure, the camera and the moderation labels.",
        refusal="q has 1 to 200 characters, none of them a control character.",
        schema={"type": "string", "minLength": 1, "maxLength": 200, "pattern": LINE},
        required=False,
        example="beach november 2026",
    ),
    Parameter(
        name="limit",
        place="query",
        description="How many images to answer with at most.",
        refusal="limit is a whole number from 1 to 100.",
        schema={"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        required=False,
    ),
    Parameter(
        name="next",
        place="query",
        description="`next` of the page before, along with the same filters.",
        refusal="Pass `next` on unchanged, along with the same filters as before.",
        schema={"type": "string", "maxLength": 512, "pattern": "^[A-Za-z0-9_-]+$"},
        required=False,
    ),
    KEY._replace(
        description="Key of an uploaded object: answers with that one image, as "
        "GET /images/by-key does, and ignores all other parameters.",
        refusal="A key has 1 to 1,024 characters, such as uploads/photo.jpg.",
        required=False,
        deprecated=True,
    ),
    IF_NONE_MATCH,
)


def answer(reads: Reads, request: Request) -> Answer:
    """Show a page of images, or the one that was uploaded under a key."""
    if "key" in request.arguments:
        return find_image.answer(reads, request)
    # Most requests are for one image, and need none of these.
    from api import listing
    from api.image_index import filters_of, records_at
    from api.view import ATTRIBUTES

    limit, filters = request.arguments["limit"], filters_of(request)

    def look(positions: Sequence[str]) -> list[dict[str, Any] | None]:
        found = records_at(reads.records.table_name, positions, ATTRIBUTES)
        return [each if each is not None and filters.fit(each) else None for each in found]

    images = listing.Listing(
        name="images",
        fixed=filters.fixed,
        until=filters.until,
        sources=_sources(reads, filters),
        size=limit // 8 * 2 + 6,
        look=look,
        show=reads.show,
    )
    return listing.answer(reads, request, images)


def _sources(reads: Reads, filters: Filters) -> list[Source]:
    if filters.query is None:
        from api.image_index import sources

        return sources(reads.records.table_name, filters)
    from api import search

    return search.sources(reads.read_model_table, filters.query, filters.owner, filters.since)


ROUTE = Route(
    method="GET",
    path="/images",
    operation_id="list_images",
    summary="List images, or get one by its key",
    description="The newest images first. Images that arrive meanwhile are newer, so going "
    "through the pages shows every image once. A page may have fewer images than `limit`; only "
    "`next` tells whether there are more. With `key` the answer is that image.",
    responses={
        200: Response(
            "A page of images, each as GET /images/{id} shows it. With `key`: the image.",
            ("ImagePage", "Image"),
            headers=("ETag", "Retry-After"),
        ),
        304: Response(
            "With `key`: the image is as If-None-Match names it.", headers=("ETag", "Retry-After")
        ),
        400: Response("A parameter is malformed, or `next` belongs to another request."),
        404: Response("With `key`: there is no image with this key."),
    },
    answer=answer,
    scopes=(READ, REVIEW),
    parameters=PARAMETERS,
)
