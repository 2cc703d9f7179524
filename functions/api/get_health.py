"""GET /health: whether the API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request


def answer(reads: Reads, request: Request) -> Answer:  # noqa: ARG001 - it tells no facts
    """Say that the API answers; it asks no other service, and anybody may call it."""
    return Answer(body={"status": "ok"})


ROUTE = Route(
    method="GET",
    path="/health",
    operation_id="get_health",
    summary="Check that the API answers",
    description="Needs no credentials, reads nothing and tells nothing.",
    responses={
        200: Response(
            "The API answers.",
            {
                "type": "object",
                "required": ["status"],
                "properties": {"status": {"const": "ok", "type": "string"}},
            },
            {"status": "ok"},
        )
    },
    answer=answer,
    scopes=(),
)
