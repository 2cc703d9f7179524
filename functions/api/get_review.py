"""GET /reviews/{id}: an image as a reviewer may see it, before its verdict too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.caller import REVIEW
from api.delivery import Presigned
from api.parameters import IMAGE_ID
from api.routing import Answer, Response, Route
from api.schemas.fields import array, record, ref, text
from api.schemas.image import EXAMPLES
from api.view import linked

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request

LIFETIME_SECONDS = 60
"""How long the URLs are valid: what they show may never be approved."""


def answer(reads: Reads, request: Request) -> Answer:
    """Show an image that a reviewer may decide about."""
    from api.review_rules import require_decidable

    found = reads.record(request.arguments["id"], request.caller)
    require_decidable(found)
    tag = reads.tag(found)
    # CloudFront delivers nothing that is not approved.
    delivery = Presigned(reads.renditions_bucket, LIFETIME_SECONDS)
    body = {
        "image": reads.show(found),
        "etag": tag,
        **({"placeholder": found["placeholder"]} if "placeholder" in found else {}),
        "renditions": linked(found.get("renditions", []), delivery),
    }
    return Answer(body=body, headers={"etag": tag})


_EXAMPLE = EXAMPLES["Image"]

ROUTE = Route(
    method="GET",
    path="/reviews/{id}",
    operation_id="get_review",
    summary="Get an image to review it",
    description="The only answer that tells what a picture looks like before its verdict: its "
    f"placeholder, and renditions with URLs that are valid for {LIFETIME_SECONDS} seconds. It is "
    "for images in review, and for those decided about, as an appeal. A rejected image has no "
    "renditions any more.",
    responses={
        200: Response(
            "The image, and what it looks like.",
            record(
                "An image to decide about.",
                "image etag renditions",
                image=ref("Image"),
                etag=text("For If-Match of the decision."),
                placeholder=ref("Placeholder"),
                renditions=array(ref("Rendition"), "Renditions of the newest version."),
            ),
            {
                "image": {"image_id": _EXAMPLE["image_id"], "status": "review"},
                "etag": '"7-0"',
                "placeholder": _EXAMPLE["placeholder"],
                "renditions": _EXAMPLE["renditions"],
            },
            ("ETag",),
        ),
        400: Response("The id is malformed."),
        404: Response("There is no image with this id."),
        409: Response("Nobody can decide about an image in this state."),
    },
    answer=answer,
    scopes=(REVIEW,),
    parameters=(IMAGE_ID,),
)
