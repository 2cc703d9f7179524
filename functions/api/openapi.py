"""The OpenAPI 3.1 document, made of the tables of routes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from api.errors import ApiError, Fault
from api.parameters import IDEMPOTENCY_KEY, IF_MATCH
from api.routes import READS
from api.schemas import EXAMPLES, SCHEMAS
from api.schemas.common import COMMON, HEADERS, INFO, SECURITY, SERVERS, TAGS
from api.write_routes import WRITES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.parameters import Parameter
    from api.routing import Response, Route

_REF = "#/components/schemas/"
_HEADER_NAMES = {name.lower(): name for name in HEADERS}


def document() -> dict[str, Any]:
    """Return the document, JSON-ready."""
    routes = READS | WRITES
    paths: dict[str, dict[str, Any]] = {}
    for route in routes.values():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, routes)
    used = {
        name.lower()
        for route in routes.values()
        for response in responses_of(route).values()
        for name in response.headers
    }
    headers = {name: header for name, header in HEADERS.items() if name.lower() in used}
    components = {"schemas": SCHEMAS, "headers": headers, "securitySchemes": SECURITY}
    return {
        "openapi": "3.1.0",
        "info": INFO,
        "servers": SERVERS,
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": components,
    }


def _operation(route: Route, routes: Mapping[str, Route]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "description": route.description,
        "tags": [next((tag for tag in TAGS if route.path.startswith(f"/{tag}")), "service")],
        "security": [
            *({"token": [scope]} for scope in route.scopes),
            *([{"iam": []}] if route.scopes else []),
        ],
    }
    if route.parameters:
        conditional = HTTPStatus.PRECONDITION_REQUIRED in route.responses
        operation["parameters"] = [
            # Without it the answer is that status, and not the 400 of other parameters.
            _parameter(each._replace(required=True) if each is IF_MATCH and conditional else each)
            for each in route.parameters
        ]
    if route.body:
        content = {"schema": route.body.schema, "example": route.body.example}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": content},
        }
    operation["responses"] = {
        str(code): _response(code, response, routes)
        for code, response in sorted(responses_of(route).items())
    }
    return operation


def _parameter(parameter: Parameter) -> dict[str, Any]:
    # A flag such as ?multipart has no value.
    empty = {"allowEmptyValue": True} if parameter.schema["type"] == "boolean" else {}
    example = {} if parameter.example is None else {"example": parameter.example}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.description,
        **({"deprecated": True} if parameter.deprecated else {}),
        **empty,
        "schema": parameter.schema,
        **example,
    }


def responses_of(route: Route) -> dict[int, Response]:
    """Return the responses of a route, with those that every route of its kind has."""
    kinds = {"any"}
    kinds |= {"parameters"} if route.parameters else set()
    kinds |= {"parameters", "body"} if route.body else set()
    kinds |= {"key"} if IDEMPOTENCY_KEY in route.parameters else set()
    kinds |= {"scopes"} if route.scopes else set()
    common = {code: response for kind, code, response in COMMON if kind in kinds}
    return {**common, **route.responses}


def _response(code: int, response: Response, routes: Mapping[str, Route]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": response.description}
    if response.headers:
        described["headers"] = {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in (_HEADER_NAMES[name.lower()] for name in response.headers)
        }
    if code >= 400:
        described["content"] = _errors(code, response)
    elif response.schema is not None:
        described["content"] = {"application/json": _content(response)}
        links = _links(response, routes)
        described |= {"links": links} if links else {}
    return described


def _content(response: Response) -> dict[str, Any]:
    match response.schema:
        case str(name):
            return {"schema": _ref(name), "example": response.example or EXAMPLES[name]}
        case tuple(names):
            schema = {"anyOf": [_ref(name) for name in names]}
            return {"schema": schema, "example": response.example or EXAMPLES[names[0]]}
    return {"schema": response.schema, "example": response.example}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"{_REF}{name}"}


def _errors(code: int, response: Response) -> dict[str, Any]:
    by_the_gateway: dict[str, Any] = {"schema": _ref("GatewayError")}
    if code in GATEWAY_ONLY:
        example = {"message": GATEWAY_ONLY[code]}
        return {"application/json": by_the_gateway | {"example": example}}
    problem = {"schema": _ref("Problem"), "example": _problem(code, response)}
    content = {"application/problem+json": problem}
    if code in GATEWAY_ALSO:
        # First, because clients that read only one of them find `message` in both.
        example = {"message": GATEWAY_ALSO[code]}
        content = {"application/json": by_the_gateway | {"example": example}} | content
    return content


GATEWAY_ONLY = {429: "Too Many Requests", 500: "Internal Server Error"}
"""Errors that only API Gateway answers with."""
GATEWAY_ALSO = {
    401: "Unauthorized",
    403: "Forbidden",
    413: "Request Entity Too Large",
    503: "Service Unavailable",
}
"""Errors that API Gateway answers with as well."""


def _problem(code: int, response: Response) -> dict[str, Any]:
    if response.example is not None:
        found: dict[str, Any] = response.example
        return found
    own = [kind for kind in ApiError.__subclasses__() if kind.__module__ == ApiError.__module__]
    kinds = {kind.status: kind for kind in own}
    faults = [Fault("id", "is malformed")] if code == 400 else []
    return kinds[code](response.description, *faults).problem("Q6xYdiD2oAMEPaA=")


def _links(response: Response, routes: Mapping[str, Route]) -> dict[str, Any]:
    """Return what can be done next with an image that an answer is about."""
    found = _properties(response)
    place = {"image_id": "", "images": "/images/0"}
    start = next((place[name] for name in place if name in found), None)
    if start is None:
        return {}
    known = {"id": f"$response.body#{start}/image_id"}
    if "renditions" in found:
        known["name"] = f"$response.body#{start}/renditions/0/name"
    if "ETag" in response.headers:
        known["If-Match"] = "$response.header.ETag"
    return {
        route.operation_id: {
            "operationId": route.operation_id,
            "parameters": {
                name: known[each.name] for name, each in _named(route) if each.name in known
            },
        }
        for route in routes.values()
        if "{" in route.path and all(name in known for name in _in_path(route))
    }


def _in_path(route: Route) -> list[str]:
    return [each.name for each in route.parameters if each.place == "path"]


def _named(route: Route) -> list[tuple[str, Parameter]]:
    """Return the parameters by the names that links give them."""
    return [
        (each.name if each.place == "path" else f"{each.place}.{each.name}", each)
        for each in route.parameters
    ]


def _properties(response: Response) -> dict[str, Any]:
    """Return the properties of a body, of the first schema if it may fit several."""
    schema = response.schema
    name = schema[0] if isinstance(schema, tuple) else schema
    found: Any = SCHEMAS[name] if isinstance(name, str) else name
    if "$ref" in found:
        found = SCHEMAS[found["$ref"].removeprefix(_REF)]
    properties: dict[str, Any] = found.get("properties", {})
    return properties
