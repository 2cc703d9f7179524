"""Routes as data, requests held to them, and their answers.

Tuples rather than dataclasses: making a class of one takes an eighth of the time at a cold start.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from api.caller import NOBODY, caller_of
from api.errors import ApiError, ForbiddenError, NotFoundError, UnavailableError
from api.parameters import arguments, headers
from image_pipeline.observability import logger
from image_pipeline.throttling import is_throttle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from api.caller import Caller
    from api.parameters import Parameter

    Once = Callable[[str, "Request", Callable[[], dict[str, Any]]], dict[str, Any]]

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """A request that fits its route.

    Args:
        arguments: values of the parameters in the path and the query, by name, typed; those that
            are absent are left out, unless their schema has a default.
        body: the body, which fits the schema of the route; None if the route has none.
        caller: who asks.
        headers: values of the headers that the route declares, by name in lower case.
        request_id: API Gateway's own id of the request.
    """

    arguments: dict[str, Any]
    body: Any
    caller: Caller
    headers: dict[str, str]
    request_id: str

    @property
    def if_match(self) -> str | None:
        """The header If-Match."""
        return self.headers.get("if-match")

    @property
    def if_none_match(self) -> str | None:
        """The header If-None-Match."""
        return self.headers.get("if-none-match")

    @property
    def idempotency_key(self) -> str | None:
        """The header Idempotency-Key."""
        return self.headers.get("idempotency-key")


class Answer(NamedTuple):
    """What a route answers.

    Args:
        status: the status code.
        body: JSON-ready; None for an answer without a body.
        headers: further ones, by name in lower case; they replace those that every answer has.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = _NOTHING


class Body(NamedTuple):
    """The JSON body of a request.

    Args:
        schema: JSON Schema; it refers to nothing outside of itself.
        example: a body that fits the schema.
        bytes: how long it may be.
    """

    schema: dict[str, Any]
    example: Any
    bytes: int = 65_536


class Response(NamedTuple):
    """An answer of a route, as the OpenAPI document describes it.

    Args:
        description: one sentence.
        schema: JSON Schema of the body, or the name of one in `api.schemas`, or the names of those
            of which it fits any; None for an answer without a body, and for every error, whose body
            is a problem.
        example: of the body; None if the named schema has one.
        headers: names of the headers that it has; `api.schemas` describes them.
    """

    description: str
    schema: dict[str, Any] | str | tuple[str, ...] | None = None
    example: Any = None
    headers: tuple[str, ...] = ()


class Route(NamedTuple):
    """A route, declared once: the router, the template and OpenAPI read it from here.

    Args:
        method: in upper case.
        path: with parameters in braces, as in the template.
        operation_id: what generated clients call it, in lower case with underscores.
        summary: one line for the reader of the API's documentation.
        description: the rest of what that reader should know.
        responses: by status code. The document adds the errors that every such route has.
        answer: called with the `Reads` or `Writes` of the function, and the request.
        scopes: a token needs any of them; none for a route that is open to everybody.
        parameters: of the path, the query string and the headers.
        body: of the request; None for a route that takes none.
    """

    method: str
    path: str
    operation_id: str
    summary: str
    description: str
    responses: Mapping[int, Response]
    answer: Callable[[Any, Request], Answer]
    scopes: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None

    @property
    def key(self) -> str:
        """What API Gateway calls the route in `routeKey`."""
        return f"{self.method} {self.path}"


def _nowhere(*_: Any) -> Answer:
    raise NotFoundError("There is no such route.")


_NOWHERE = Route("", "", "", "", "", {}, _nowhere, ())


def respond(
    event: dict[str, Any],
    routes: Mapping[str, Route],
    api: Any,
    auth: str,
    once: Once | None = None,
) -> dict[str, Any]:
    """Answer a request.

    Args:
        event: of an HTTP API, payload format 2.0.
        routes: by their keys.
        api: the `Reads` or `Writes` that the routes are called with.
        auth: how the API authorizes: IAM, JWT or NONE.
        once: answers a request that has an idempotency key, given the key of its route, the request
            and a function that performs it.

    Returns:
        `{"statusCode", "headers", "body"}`.
    """
    request_id = (event.get("requestContext") or {}).get("requestId") or ""

    def answered() -> dict[str, Any]:
        route = routes.get(event.get("routeKey", ""), _NOWHERE)
        request = _request(route, event, request_id, auth)

        def perform() -> dict[str, Any]:
            return _or_problem(lambda: _response(route.answer(api, request)), request_id)

        if once is None or request.idempotency_key is None:
            return perform()
        return once(route.key, request, perform)

    return _or_problem(answered, request_id)


def _or_problem(answered: Callable[[], dict[str, Any]], request_id: str) -> dict[str, Any]:
    """Return an answer, or the problem that an error is for the caller."""
    try:
        return answered()
    except ApiError as error:
        return _problem(error, request_id)
    except Exception as error:
        if not is_throttle(error):
            raise
        logger.info("throttled", extra={"why": str(error)})
        busy = UnavailableError("Please try again in a few seconds.", headers={"retry-after": "5"})
        return _problem(busy, request_id)


def _request(route: Route, event: dict[str, Any], request_id: str, auth: str) -> Request:
    """Hold a request to its route.

    Raises:
        ApiError: the request does not fit, or the caller may not make it.
    """
    caller = caller_of(event, auth) if route.scopes else NOBODY
    if route.scopes and not any(map(caller.may, route.scopes)):
        message = f"The token needs the scope {' or '.join(route.scopes)}."
        raise ForbiddenError(message)
    given = arguments(route.parameters, event), headers(route.parameters, event)
    body = None
    if route.body is not None:
        from api.bodies import body_of

        body = body_of(event, route.body.schema, route.body.bytes)
    return Request(given[0], body, caller, given[1], request_id)


def _problem(error: ApiError, request_id: str) -> dict[str, Any]:
    media_type = {"content-type": "application/problem+json"}
    body = error.problem(request_id)
    return _response(Answer(error.status, body, media_type | error.headers))


def _response(answer: Answer) -> dict[str, Any]:
    content = {} if answer.body is None else {"content-type": "application/json"}
    # URLs are secrets while they are valid; keys are untrusted text.
    secrecy = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
    response = {"statusCode": answer.status, "headers": content | secrecy | {**answer.headers}}
    if answer.body is not None:
        # ASCII only, so that bidirectional marks in a key cannot reorder a line on a screen.
        response["body"] = json.dumps(answer.body)
    return response
