"""Who makes a request, and what they may see and do."""

from __future__ import annotations

from typing import Any, NamedTuple

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
        return self.subject is None or self.may(REVIEW) or record.get("owner") == self.subject


def caller_of(event: dict[str, Any]) -> Caller:
    """Return the caller of a request that API Gateway has authorized.

    Args:
        event: of an HTTP API, payload format 2.0.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    if "jwt" in authorizer:
        subject = authorizer["jwt"]["claims"]["sub"]
        scopes = authorizer["jwt"].get("scopes") or ()
        return Caller(subject, frozenset(scopes), subject)
    return Caller(name=(authorizer.get("iam") or {}).get("userArn") or "")
