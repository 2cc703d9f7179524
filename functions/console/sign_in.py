"""Where people sign in, as the page has to know it: endpoints, the client and its scopes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import urlopen

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 3
_SCOPES = "openid images:read images:write images:review"
_CLIENT = "console"


class SignIn(NamedTuple):
    """How to sign in.

    Args:
        authorize: URL that a person is sent to.
        token: URL where a code becomes a token.
        logout: URL that ends the session at the issuer; "" if it has none.
        client_id: of the page.
        scopes: to ask for, with spaces between them.
        resource: that tokens are to be for, as RFC 8707 has it, or "" to leave that to the issuer.
        stand_in: whether it asks for no password and is for this machine alone.
    """

    authorize: str
    token: str
    logout: str
    client_id: str
    scopes: str
    resource: str = ""
    stand_in: bool = False


class UnreachableError(Exception):
    """The issuer of tokens does not say how to sign in."""


def of_pool(url: str, client_id: str, resource: str) -> SignIn:
    """Return how to sign in to a user pool of Cognito.

    The pool adds the scopes of the API by itself, so that none of them is asked for.

    Args:
        url: of its domain.
        client_id: of the page.
        resource: URL that becomes the audience of the tokens.
    """
    endpoints = f"{url}/oauth2/authorize", f"{url}/oauth2/token", f"{url}/logout"
    return SignIn(*endpoints, client_id, "openid", resource)


def of_issuer(url: str, client_id: str, read: Callable[[str], Any] | None = None) -> SignIn:
    """Return how to sign in at another issuer, as its discovery document says.

    Args:
        url: of the issuer.
        client_id: of the page.
        read: returns the JSON at a URL.

    Raises:
        UnreachableError: the document cannot be had, or lacks an endpoint.
    """
    try:
        found = (read or _json_at)(f"{url.rstrip('/')}/.well-known/openid-configuration")
        return SignIn(
            authorize=_https(found["authorization_endpoint"]),
            token=_https(found["token_endpoint"]),
            logout=_https(found["end_session_endpoint"]) if "end_session_endpoint" in found else "",
            client_id=client_id,
            scopes=_SCOPES,
            stand_in=bool(found.get("stand_in")),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreachableError(url) from error


def client_of_pool(pool: str, clients: Callable[..., Any]) -> str:
    """Return the id of the page's client in a user pool.

    The template cannot tell it: the client names the URL of the API, and so depends on it.

    Args:
        pool: id of the user pool.
        clients: lists the clients of a pool, as ListUserPoolClients.

    Raises:
        UnreachableError: there is no such client.
    """
    found = clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
    for each in found:
        if each["ClientName"] == _CLIENT:
            return str(each["ClientId"])
    raise UnreachableError(pool)


def _https(url: Any) -> str:
    """Return a URL of the web; plain HTTP is only offline.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(url, str) or not re.fullmatch(r"https?://[^\s;,'\"<>]+", url):
        raise ValueError(url)
    return url


def _json_at(url: str) -> Any:
    with urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 - the operator's own issuer
        return json.load(answer)
