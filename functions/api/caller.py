"""Who makes a request, and what they may see and do."""

from __future__ import annotations

from typing import Any, NamedTuple

from api.errors import ForbiddenError, UnauthorizedError

READ = "images:read"
WRITE = "images:write"
REVIEW = "images:review"
ALL_SCOPES = frozenset({READ, WRITE, REVIEW})


class Caller(NamedTuple):
    """Who makes a request.

    Args:
        subject: the claim `sub` of the token; None if nobody has to present a token.
        scopes: what the caller may do.
        name: for the history of an image: the subject or the ARN of the caller; "" if unknown.
    """

    subject: str | None = None
    scopes: frozenset[str] = ALL_SCOPES
    name: str = ""

    def may(self, scope: str) -> bool:
        """Return whether the caller has a scope."""
        return scope in self.scopes

    def sees(self, record: dict[str, Any]) -> bool:
        """Return whether the caller may know of an image."""
        return self.sees_all or record.get("owner") == self.subject

    @property
    def sees_all(self) -> bool:
        """Whether the caller may know of every image, and not only of their own."""
        return self.subject is None or self.may(REVIEW)


NOBODY = Caller(subject="", scopes=frozenset())
"""Caller of a route that is open to everybody."""


def caller_of(event: dict[str, Any], auth: str) -> Caller:
    """Return the caller of a request that API Gateway has authorized.

    Args:
        event: of an HTTP API, payload format 2.0.
        auth: how the API is deployed to authorize: IAM, JWT or NONE. A request that was authorized
            otherwise did not come through the API as it is deployed.

    Raises:
        UnauthorizedError: the request was not authorized.
        ForbiddenError: the token does not say whose it is.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    if auth == "NONE":
        return Caller()
    if auth == "IAM" and authorizer.get("iam"):
        return Caller(name=authorizer["iam"].get("userArn") or "")
    if auth == "JWT" and authorizer.get("jwt"):
        return _bearer(authorizer["jwt"].get("claims") or {})
    raise UnauthorizedError("The request was not authorized.")


def _bearer(claims: dict[str, str]) -> Caller:
    subject = claims.get("sub")
    if not subject:
        raise ForbiddenError("The token needs the claim sub.")
    return Caller(subject, _scopes(claims), subject)


def _scopes(claims: dict[str, str]) -> frozenset[str]:
    """Read the scopes of a token, which API Gateway turns into text: `a b`, and a list `[a b]`.

    Not from `jwt.scopes` of the event: no page says whether those are the token's or the route's.
    """
    text = claims.get("scope") or claims.get("scp") or ""
    return frozenset(text.removeprefix("[").removesuffix("]").split())
