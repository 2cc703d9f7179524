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

        def announce(name: str) -> dict[str, Any]:
            body = {"filename": name, "content_type": "image/jpeg", "bytes": 50_000}
            answer = asking.send("owner", Ask("POST", "/images", body))
            made: dict[str, Any] = json.loads(answer.body)
            return made

        yield World(aws, announce), asking
