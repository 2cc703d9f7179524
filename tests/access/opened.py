"""The offline AWS with tokens, and what it takes to ask it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local.auth import AUDIENCE, ISSUER
from local.aws.offline import OfflineAws
from tests.access import client
from tests.access.client import Ask, Client
from tests.access.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

_JWT = {"ApiAuth": "JWT", "JwtIssuer": ISSUER, "JwtAudience": AUDIENCE}


@contextmanager
def opened() -> Iterator[tuple[World, Client]]:
    """Context manager that runs the offline AWS, with tokens of `client.ISSUER`."""
    with OfflineAws(parameters=_JWT, keys=client.ISSUER.keys) as aws:
        asking = Client(aws.api_url)

        def send(caller: str, method: str, target: str, body: Any) -> Any:
            seen = asking.send(caller, Ask("GET", target.removesuffix("/review")))
            tag = {"If-Match": seen.headers["etag"]} if "etag" in seen.headers else {}
            answer = asking.send(caller, Ask(method, target, body), **tag)
            assert answer.status < 300, answer
            return json.loads(answer.body)

        yield World(aws, send), asking
