"""The requests of every route that concern an image, made of the tables of routes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from api.routes import READS
from api.write_routes import WRITES
from image_pipeline.identity import ID_PATTERN
from tests.access.client import Ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.routing import Route
    from tests.access.world import Image

_ROUTES = READS | WRITES
OPEN = {key: route for key, route in _ROUTES.items() if not route.scopes}
"""Routes that tell the same to everybody."""
MAKES = ("POST /images",)
"""Keys of the routes that make images, and concern no other."""
ABOUT_IMAGES = {
    key: route for key, route in _ROUTES.items() if key not in OPEN and key not in MAKES
}

# Parameters whose value makes an answer tell more; the others have a default or an example.
_QUERIES = {
    "GET /images": ({}, {"q": "{word}"}, {"key": "{key}"}, {"status": "{status}"}),
    "GET /images/by-key": ({"key": "{key}"},),
}


def asks_of(route: Route, image: Image) -> Iterator[Ask]:
    """Return the requests of a route that concern an image."""
    values = _values(image)
    path = re.sub(r"\{(\w+)\}", lambda name: quote(values[name[1]], safe=""), route.path)
    body = _about(route.body.example, image.image_id) if route.body else None
    for query in _QUERIES.get(route.key, ({},)):
        filled = {name: text.format(**values) for name, text in query.items()}
        target = f"{path}?{urlencode(filled)}" if filled else path
        label = f"?{'&'.join(f'{name}=…' for name in filled)}" if filled else ""
        yield Ask(route.method, target, body, label)


def _values(image: Image) -> dict[str, str]:
    words = [secret for secret in image.secrets if secret.endswith("name")]
    return {
        "id": image.image_id,
        "name": "thumbnail",
        "key": image.key,
        "word": words[0],
        "status": image.status,
    }


def _about(value: Any, image_id: str) -> Any:
    """Return an example with the id of an image in the place of every other."""
    match value:
        case str():
            return image_id if re.fullmatch(ID_PATTERN, value) else value
        case dict():
            return {name: _about(each, image_id) for name, each in value.items()}
        case list():
            return [_about(each, image_id) for each in value]
    return value
