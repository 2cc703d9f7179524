"""Cross-origin requests to S3, answered by the rules of the bucket: moto's server allows them all.

docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ORIGIN, _METHOD, _HEADERS = (
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
)


def preflight(rules: Sequence[Any], headers: Mapping[str, str]) -> dict[str, str]:
    """Answer a browser that asks if it may send a request.

    Args:
        rules: of the bucket, as moto holds them.
        headers: of the request, by lower-case name.

    Raises:
        RefusedError: no rule allows it.
    """
    asked = [name.strip() for name in headers.get(_HEADERS, "").lower().split(",") if name.strip()]
    for rule in rules:
        found = _allowed(rule, headers[_ORIGIN], headers[_METHOD])
        if found and all(_matches_any(name, rule.allowed_headers) for name in asked):
            return found | ({"Access-Control-Allow-Headers": ", ".join(asked)} if asked else {})
    why = "This CORS request is not allowed." if rules else "CORS is not enabled for this bucket."
    raise RefusedError(403, "AccessForbidden", f"CORSResponse: {why}")


def exposed(rules: Sequence[Any], method: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that let a page read the answer to its request; none if it may not."""
    origin = headers.get(_ORIGIN, "")
    if not origin:
        return {}
    return next((found for rule in rules if (found := _allowed(rule, origin, method))), {})


def _allowed(rule: Any, origin: str, method: str) -> dict[str, str]:
    if method not in rule.allowed_methods or not _matches_any(origin, rule.allowed_origins):
        return {}
    anyone = "*" in rule.allowed_origins
    found = {
        "Access-Control-Allow-Origin": "*" if anyone else origin,
        "Access-Control-Allow-Methods": ", ".join(rule.allowed_methods),
        "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    }
    if not anyone:
        found["Access-Control-Allow-Credentials"] = "true"
    if rule.exposed_headers:
        found["Access-Control-Expose-Headers"] = ", ".join(rule.exposed_headers)
    if rule.max_age_seconds:
        found["Access-Control-Max-Age"] = str(rule.max_age_seconds)
    return found


def _matches_any(text: str, patterns: Sequence[str] | None) -> bool:
    """Whether a text matches a pattern, in which an asterisk stands for anything."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text, re.IGNORECASE)
        for pattern in patterns or []
    )
