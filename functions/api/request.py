"""Which image a request asks for."""

from __future__ import annotations

from typing import Any

from image_pipeline.identity import image_id, is_image_id


class MalformedRequest(Exception):  # noqa: N818 - it names what the request is
    """The request does not name an image; the message tells its sender why."""


def requested_image_id(event: dict[str, Any], id_salt: bytes) -> str:
    """The image id in the path, or that of the key in the query string.

    Raises:
        MalformedRequest: there is neither, or the id does not have the form of one.
    """
    identifier = event.get("pathParameters", {}).get("id")
    if identifier is None:
        key = event.get("queryStringParameters", {}).get("key")
        if not key:
            raise MalformedRequest("Name an image by its id in the path, or by ?key=uploads/….")
        return image_id(key, id_salt)
    if not is_image_id(identifier):
        raise MalformedRequest("An image id has 26 characters, each of a-z or 2-7.")
    return str(identifier)
