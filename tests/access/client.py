"""Callers of the API, and the answers that they get."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from api.caller import READ, REVIEW, WRITE
from local.aws.issuer import Issuer
from tests.access.world import OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 60
ISSUER = Issuer()
_FOREIGN = Issuer()


class Ask(NamedTuple):
    """A request; `label` names it among those of its route."""

    method: str
    target: str
    body: Any = None
    label: str = ""

    @property
    def text(self) -> str:
        """Everything that the request says, which an answer may repeat."""
        return f"{self.target}\n{json.dumps(self.body)}"


class Answer(NamedTuple):
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Everything that the answer says."""
        return f"{json.dumps(dict(self.headers))}\n{self.body.decode(errors='replace')}"


def _tampered(token: str) -> str:
    """Return a token with another payload, whose signature is no longer valid."""
    header, _, signature = token.split(".")
    return f"{header}.{ISSUER.token(OWNER, [READ, WRITE, REVIEW]).split('.')[1]}.{signature}"


def tokens() -> dict[str, str | None]:
    """Return the token of each caller; None for one without."""
    return {
        "nobody": None,
        "expired token": ISSUER.token(OWNER, [READ, WRITE, REVIEW], lifetime=-60),
        "tampered token": _tampered(ISSUER.token("bob", [READ])),
        "token of another issuer": _FOREIGN.token(OWNER, [READ, WRITE, REVIEW]),
        "token for another audience": ISSUER.token(OWNER, [READ, WRITE, REVIEW], aud="other"),
        "owner without scopes": ISSUER.token(OWNER, ["openid"]),
        "another owner": ISSUER.token("bob", [READ, WRITE]),
        "owner": ISSUER.token(OWNER, [READ, WRITE]),
        "reviewer": ISSUER.token("carol", [READ, WRITE, REVIEW]),
    }


ADMITTED = ("owner", "reviewer")
"""Callers who may see the images of the owner."""


class Client:
    """Sends requests to the API with the token of a caller."""

    def __init__(self, api_url: str) -> None:
        self._host = urlsplit(api_url).netloc
        self._tokens = tokens()

    def send(self, caller: str, ask: Ask, **headers: str) -> Answer:
        """Send a request."""
        token = self._tokens[caller]
        given = {"Authorization": f"Bearer {token}"} if token else {}
        body = None
        if ask.body is not None:
            body, given["Content-Type"] = json.dumps(ask.body), "application/json"
        return fetch(self._host, ask.method, ask.target, body, given | headers)


def fetch(
    host: str, method: str, target: str, body: str | None = None, headers: Any = None
) -> Answer:
    """Send a request without following redirects."""
    connection = http.client.HTTPConnection(host, timeout=_SECONDS)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())
    finally:
        connection.close()


def read_url(url: str) -> Answer:
    """Read a URL, as whoever has it can."""
    parts = urlsplit(url)
    return fetch(parts.netloc, "GET", f"{parts.path}?{parts.query}")
