"""Cross-origin requests to an HTTP API, answered as API Gateway does from its CORS configuration.

docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a browser asks if it may send a request.

    Args:
        method: of the request.
        headers: of the request, by lower-case name.
    """
    return method == "OPTIONS" and {"origin", "access-control-request-method"} <= headers.keys()


def allowed(configuration: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Return the headers that let a page of an origin read an answer; none if it may not.

    Args:
        configuration: of the API, such as `{"AllowOrigins": ["*"]}`.
        origin: the request's, or "".
    """
    found = _origin(configuration.get("AllowOrigins", []), origin)
    if found and "ExposeHeaders" in configuration:
        found["access-control-expose-headers"] = ",".join(configuration["ExposeHeaders"])
    return found


def _origin(origins: Sequence[str], origin: str) -> dict[str, str]:
    if "*" in origins:
        return {"access-control-allow-origin": "*"} if origin else {}
    scheme = f"{origin.partition('://')[0]}://*"
    if not origin or not {origin, scheme} & set(origins):
        return {}
    return {"access-control-allow-origin": origin, "vary": "origin"}


def preflight(configuration: Mapping[str, Any], origin: str) -> dict[str, str]:
    """Return the headers of the answer to a preflight request; none if the origin may nothing."""
    found = _origin(configuration.get("AllowOrigins", []), origin)
    if not found:
        return {}
    lists = {
        "AllowMethods": "access-control-allow-methods",
        "AllowHeaders": "access-control-allow-headers",
    }
    for name, header in lists.items():
        if name in configuration:
            found[header] = ",".join(configuration[name])
    if "MaxAge" in configuration:
        found["access-control-max-age"] = str(configuration["MaxAge"])
    return found
