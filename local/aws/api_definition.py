"""The routes of an HTTP API, and who may call each, as its deployed OpenAPI definition says.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-open-api.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations")
_AUTHORIZER = "x-amazon-apigateway-authorizer"


@dataclass(frozen=True)
class Signature:
    """Requests have to be signed with AWS credentials."""


@dataclass(frozen=True)
class Token:
    """Requests have to bring a token.

    Args:
        header: in which it is, in lower case.
        issuer: of the token.
        audience: that the token may be for.
        scopes: the token needs one of them; none needs none.
    """

    header: str
    issuer: str
    audience: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A route.

    Args:
        key: such as `GET /images/{id}`.
        method: in upper case, or `ANY`.
        pattern: matches the whole path.
        function: the ARN of the function that answers.
        required: what a request needs; None if anybody may call the route.
    """

    key: str
    method: str
    pattern: re.Pattern[str]
    function: str
    required: Signature | Token | None


def routes_of(definition: Mapping[str, Any]) -> list[Route]:
    """List the routes of a definition, those with fewer variables first."""
    schemes = definition.get("components", {}).get("securitySchemes", {})
    routes = []
    for path, methods in definition["paths"].items():
        parts = map(_pattern, re.split(r"(\{[^}]+\})", path))
        pattern = re.compile("".join(parts))
        for name, operation in methods.items():
            method = "ANY" if name.startswith("x-") else name.upper()
            function = _FUNCTION.search(operation["x-amazon-apigateway-integration"]["uri"])
            security = operation.get("security", definition.get("security", []))
            if function:
                required = _required(security, schemes)
                key = f"{method} {path}"
                routes.append(Route(key, method, pattern, function[1], required))
    return sorted(routes, key=lambda route: route.key.count("{"))


def _required(
    security: list[Mapping[str, list[str]]], schemes: Mapping[str, Any]
) -> Signature | Token | None:
    """Read the security of a route, which API Gateway accepts one requirement of.

    Raises:
        KeyError: the scheme is not defined.
        ValueError: nothing offline enforces the requirement.
    """
    if not security:
        return None
    ((name, scopes),) = security[0].items()
    scheme = schemes[name]
    if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
        return Signature()
    authorizer = scheme.get(_AUTHORIZER, {})
    if authorizer.get("type") != "jwt" or len(security) > 1:
        message = f"nothing offline enforces the security scheme {name}"
        raise ValueError(message)
    configuration = authorizer["jwtConfiguration"]
    return Token(
        authorizer["identitySource"].removeprefix("$request.header.").lower(),
        configuration["issuer"],
        tuple(configuration["audience"]),
        tuple(scopes),
    )


def _pattern(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    name = part.strip("{}")
    return f"(?P<{name.rstrip('+')}>{'.+' if name.endswith('+') else '[^/]+'})"
