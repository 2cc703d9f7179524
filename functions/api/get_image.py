"""GET /images/{id}: one image by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.routing import Parameter, Route
from image_pipeline.identity import ID_PATTERN

if TYPE_CHECKING:
    from api.images import Images


def answer(images: Images, id: str) -> dict[str, Any]:  # noqa: A002 - the parameter's name
    """Show the image with an id."""
    return images.show(id)


ROUTE = Route(
    method="GET",
    path="/images/{id}",
    summary="Get an image by its id",
    parameters=(
        Parameter(
            name="id",
            place="path",
            type="string",
            description="Id of the image, as notifications and earlier answers give it.",
            refusal="An image id has 26 characters, each of a-z or 2-7.",
            pattern=ID_PATTERN,
        ),
    ),
    responses={
        200: "The image: its status, and once there is a verdict everything known about it.",
        400: "The id is malformed.",
        404: "There is no image with this id.",
    },
    answer=answer,
)
