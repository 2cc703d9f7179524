"""A stand-in for signing in: a page that asks who one is and believes it.

The code flow with PKCE, as RFC 7636 has it and the console uses it: `/authorize`, `/token` with a
code or a refresh token, `/logout`. What it gives is valid on this machine alone.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Response

from local.arguments import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Request

_SECONDS_OF_A_CODE = 60
_HERE = {"127.0.0.1", "localhost", "::1"}
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
_FORM = """\
<p>This is a stand-in. It asks for no password and is only for this machine.
A deployed stack asks its user pool.</p>
<form method="post">
<p><label for="name">Name</label>
<input id="name" name="name" value="local" required maxlength="100" autocomplete="username"></p>
<fieldset><legend>May</legend>
{boxes}
</fieldset>
<p><label for="lifetime">Signed in for (seconds)</label>
<input id="lifetime" name="lifetime" type="number" min="1" max="86400" value="3600" required></p>
<p><button>Sign in</button></p>
</form>"""


class Person(NamedTuple):
    """Who signed in: name, scopes, and seconds until the token expires."""

    name: str
    scopes: tuple[str, ...]
    lifetime: int


class _Code(NamedTuple):
    """What a code is good for, and the time until which it is."""

    person: Person
    client: str
    returns_to: str
    challenge: str
    until: float


class RefusedError(Exception):
    """A request that the flow does not allow; the message is an error code of RFC 6749."""


class StandIn:
    """The sign-in page, and the codes and refresh tokens that it has given."""

    def __init__(self) -> None:
        self._codes: dict[str, _Code] = {}
        self._refreshing: dict[str, tuple[Person, str]] = {}

    def authorize(self, request: Request) -> Response:
        """Show the page, or send whoever filled it in back with a code."""
        asked = request.args
        fault = _fault(asked, request.host)
        if fault:
            return _page("This sign-in does not work", f"<p>{escape(fault)}</p>", 400)
        if request.method == "GET":
            return _page("Sign in", _form(asked))
        try:
            lifetime = int(request.form.get("lifetime", ""))
        except ValueError:
            return _page("This sign-in does not work", "<p>The lifetime is not a number.</p>", 400)
        scopes = tuple(each for each in SCOPES if each in request.form.getlist("scope"))
        person = Person(request.form.get("name", "").strip() or "local", scopes, lifetime)
        code = secrets.token_urlsafe(24)
        until = time.monotonic() + _SECONDS_OF_A_CODE
        self._codes[code] = _Code(
            person, asked["client_id"], asked["redirect_uri"], asked["code_challenge"], until
        )
        given = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
        return _back_to(asked["redirect_uri"], given)

    def redeem(self, form: Mapping[str, str]) -> Person:
        """Return who a code or a refresh token is of; either works once.

        Raises:
            RefusedError: it is unknown, used, too old, or of somebody else.
        """
        if form.get("grant_type") == "refresh_token":
            person, client = self._refreshing.pop(form.get("refresh_token", ""), (None, ""))
            if person is None or client != form.get("client_id"):
                raise RefusedError("invalid_grant")
            return person
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or time.monotonic() > code.until:
            raise RefusedError("invalid_grant")
        verified = secrets.compare_digest(_challenge(form.get("code_verifier", "")), code.challenge)
        named = (form.get("client_id"), form.get("redirect_uri")) == (code.client, code.returns_to)
        if not verified or not named:
            raise RefusedError("invalid_grant")
        return code.person

    def refresh_token(self, person: Person, client: str) -> str:
        """Give a token that works once in place of signing in again."""
        token = secrets.token_urlsafe(24)
        self._refreshing[token] = person, client
        return token

    def logout(self, request: Request) -> Response:
        """Send somebody back; there is no session that could end."""
        where = request.args.get("logout_uri") or request.args.get("post_logout_redirect_uri", "")
        if not _is_here(where, request.host):
            return _page("Signed out", "<p>There is nothing to return to.</p>")
        return _back_to(where, {})


def _fault(asked: Mapping[str, str], host: str) -> str:
    """Say what is wrong with a request to sign in; "" if nothing is."""
    if not _is_here(asked.get("redirect_uri", ""), host):
        return "The redirect_uri has to be a page on this machine."
    if asked.get("response_type") != "code" or not asked.get("client_id"):
        return "The request needs response_type=code and a client_id."
    if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
        return "The request needs a code_challenge with code_challenge_method=S256."
    return ""


def _is_here(url: str, host: str) -> bool:
    """Whether a URL leads to this machine, so that no code can be sent elsewhere."""
    try:
        found = urlsplit(url)
        own = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return found.scheme in {"http", "https"} and found.hostname in {*_HERE, own}


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _form(asked: Mapping[str, str]) -> str:
    wanted = asked.get("scope", "").split()
    offered = set(wanted) & set(SCOPES) or set(SCOPES)
    boxes = "\n".join(_box(scope, "checked" if scope in offered else "") for scope in SCOPES)
    return _FORM.format(boxes=boxes)


def _box(scope: str, state: str) -> str:
    box = f'<input type="checkbox" name="scope" value="{scope}" {state}>'
    return f"<p><label>{box} {scope}</label></p>"


def _page(title: str, content: str, status: int = 200) -> Response:
    text = _PAGE.format(title=escape(title), content=content)
    return Response(text, status, headers=_HEADERS, content_type="text/html; charset=utf-8")


def _back_to(url: str, given: Mapping[str, Any]) -> Response:
    joined = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(given)}" if given else url
    return Response(status=303, headers={**_HEADERS, "location": joined})
