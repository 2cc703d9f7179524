"""Routes as data, requests held to them, and errors turned into answers.

Tuples rather than dataclasses: making a class of one takes an eighth of the time at a cold start.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.images import Images


class ApiError(Exception):
    """A request that is answered with an error; the message tells the caller what to do."""

    status = 500
    code = "internal_error"


class BadRequestError(ApiError):
    """The request lacks a parameter, or a parameter is malformed."""

    status = 400
    code = "bad_request"


class NotFoundError(ApiError):
    """What the request names does not exist."""

    status = 404
    code = "not_found"


class Parameter(NamedTuple):
    """A required parameter, in the terms of OpenAPI.

    Args:
        name: as in the path or the query string, and of the argument of the route's `answer`.
        place: `path` or `query`, which OpenAPI calls `in`.
        type: the JSON type of the value.
        description: one sentence for the reader of the API's documentation.
        refusal: the message to a caller if the value is missing or malformed.
        pattern: regular expression that the whole value matches.
    """

    name: str
    place: str
    type: str
    description: str
    refusal: str
    pattern: str = r"[\s\S]+"


class Route(NamedTuple):
    """A route, declared once: the router, the template's test and OpenAPI read it from here.

    Args:
        method: in upper case.
        path: with parameters in braces, as in the template.
        summary: one line for the reader of the API's documentation.
        parameters: those of the path and the query string.
        responses: descriptions by status code.
        answer: called with the images and the parameters by name; returns the body.
    """

    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    responses: Mapping[int, str]
    answer: Callable[..., dict[str, Any]]

    @property
    def key(self) -> str:
        """What API Gateway calls the route in `routeKey`."""
        return f"{self.method} {self.path}"


def respond(event: dict[str, Any], routes: Mapping[str, Route], images: Images) -> dict[str, Any]:
    """Answer a request.

    Args:
        event: of an HTTP API, payload format 2.0.
        routes: by their keys.
        images: handed to the route.

    Returns:
        `{"statusCode", "headers", "body"}`.
    """
    try:
        route = routes.get(event.get("routeKey", ""))
        if route is None:
            raise NotFoundError("There is no such route.")
        return _answer(200, route.answer(images, **_arguments(route, event)))
    except ApiError as error:
        return _answer(error.status, {"error": error.code, "message": str(error)})


def _arguments(route: Route, event: dict[str, Any]) -> dict[str, str]:
    """Read the parameters of a route from a request.

    Raises:
        BadRequestError: one is missing or malformed.
    """
    # The gateway leaves out what a request does not have.
    given = {
        "path": event.get("pathParameters") or {},
        "query": event.get("queryStringParameters") or {},
    }
    arguments = {}
    for parameter in route.parameters:
        value = given[parameter.place].get(parameter.name, "")
        if not re.fullmatch(parameter.pattern, value):
            raise BadRequestError(parameter.refusal)
        arguments[parameter.name] = value
    return arguments


def _answer(status_code: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status_code,
        "headers": {
            "content-type": "application/json",
            # URLs are secrets while they are valid; keys are untrusted text.
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        },
        # ASCII only, so that bidirectional marks in a key cannot reorder a line on a screen.
        "body": json.dumps(body),
    }
