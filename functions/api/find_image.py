"""GET /images?key=…: one image by the key of its upload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.routing import Parameter, Route
from image_pipeline.identity import image_id

if TYPE_CHECKING:
    from api.images import Images


def answer(images: Images, key: str) -> dict[str, Any]:
    """Show the image that was uploaded under a key."""
    return images.show(image_id(key, images.id_salt))


ROUTE = Route(
    method="GET",
    path="/images",
    summary="Get an image by the key of its upload",
    parameters=(
        Parameter(
            name="key",
            place="query",
            type="string",
            description="Key of the uploaded object, such as uploads/photo.jpg.",
            refusal="Name an image by its id in the path, or by ?key=uploads/….",
        ),
    ),
    responses={
        200: "The image: its status, and once there is a verdict everything known about it.",
        400: "The key is missing.",
        404: "There is no image with this key.",
    },
    answer=answer,
)
