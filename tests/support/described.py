"""What the OpenAPI document says of an answer, compared with the answer."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, FormatChecker

from api.openapi import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENT = document()
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation | {"method": method.upper(), "path": path}
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


_TELLING = {"etag", "location", "retry-after", "www-authenticate"}
"""Headers that clients act on."""


def faults(value: Any, schema: dict[str, Any]) -> list[str]:
    """Return in what a value does not fit a schema of the document."""
    complete = {**schema, "components": DOCUMENT["components"]}
    validator = Draft202012Validator(complete, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(value)]


def undescribed(
    operation_id: str, status: int, headers: Mapping[str, str], body: bytes
) -> list[str]:
    """Return in what an answer is not as described, or has more than that.

    Args:
        operation_id: of the route.
        status: the status code.
        headers: by name in lower case.
        body: as received.
    """
    response = OPERATIONS[operation_id]["responses"].get(str(status))
    if response is None:
        return [f"{operation_id} does not describe {status}"]
    described = {name.lower() for name in response.get("headers", {})}
    untold = [f"the header {name}" for name in sorted(_TELLING & headers.keys() - described)]
    if "content" not in response:
        return untold + (["a body is not described"] if body else [])
    media_type = headers["content-type"]
    if media_type not in response["content"]:
        return [*untold, f"{media_type} is not described"]
    schema = _closed(json.dumps(response["content"][media_type]["schema"]))
    validator = Draft202012Validator({**schema, "components": _closed_components()})
    found = [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(body))
    ]
    return untold + found


@cache
def _closed_components() -> dict[str, Any]:
    return {"schemas": {name: _close(each) for name, each in _schemas()}}


def _schemas() -> Iterator[tuple[str, Any]]:
    yield from DOCUMENT["components"]["schemas"].items()


@cache
def _closed(schema: str) -> dict[str, Any]:
    closed: dict[str, Any] = _close(json.loads(schema))
    return closed


def _close(schema: Any) -> Any:
    """Return a schema whose objects have no properties but those that it names."""
    if isinstance(schema, list):
        return [_close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _close(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
