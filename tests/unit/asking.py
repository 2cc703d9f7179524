"""Requests to the API as the functions get them, and images to ask for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from api.routes import READS
from api.routing import respond
from image_pipeline.history import event
from image_pipeline.identity import image_id
from image_pipeline.models import Claim
from image_pipeline.records import Records
from image_pipeline.status import Status

if TYPE_CHECKING:
    from .conftest import Context

RECORDS = Records("images")
OPEN = {Status.PENDING, Status.PROCESSING}


class Answered(NamedTuple):
    """An answer of the API: its status code, its body and its headers."""

    status: int
    body: Any
    headers: dict[str, str]


def get(context: Context, route: str, **given: Any) -> Answered:
    """Ask the function that reads.

    Args:
        context: of the invocation.
        route: such as `/images/{id}`.
        given: the query, but for `path`, the parameters in the path; `if_none_match`; and `as_`
            and `scopes`, the subject and the scopes of a token.
    """
    from api.handler import handler, reads

    path, if_none_match = given.pop("path", None), given.pop("if_none_match", None)
    subject, scopes = given.pop("as_", None), given.pop("scopes", "images:read")
    claims = {"jwt": {"claims": {"sub": subject, "scope": scopes}}}
    request: Any = {
        "version": "2.0",
        "routeKey": f"GET {route}",
        "headers": {} if if_none_match is None else {"if-none-match": if_none_match},
        "pathParameters": path,
        "queryStringParameters": {name.strip("_"): str(value) for name, value in given.items()},
        "requestContext": {"requestId": "one", **({"authorizer": claims} if subject else {})},
    }
    answer = (
        respond(request, READS, reads, "JWT") if subject else handler(request, context)  # type: ignore[arg-type]
    )
    body = json.loads(answer["body"]) if "body" in answer else None
    return Answered(answer["statusCode"], body, answer["headers"])


def image(
    key: str,
    status: Status = Status.APPROVED,
    created_at: str = "2026-11-27T05:00:00.000Z",
    **facts: Any,
) -> str:
    """Record an image, and return its id."""
    claim = Claim(image_id(key), "0A", "one")
    opened: dict[str, Any] = {
        "image_id": claim.image_id,
        "status": status if status in OPEN else Status.PROCESSING,
        "key": key,
        "created_at": created_at,
        "uploaded_at": created_at,
        "sequencer": claim.sequencer,
        "execution": claim.execution,
    }
    opened |= {name: facts.pop(name) for name in ("owner", "expires") if name in facts}
    RECORDS.replace(opened, None, [event("claimed", version="one")])
    if status not in OPEN:
        RECORDS.finish(claim, status, facts)
    return claim.image_id
