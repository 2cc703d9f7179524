"""GET /openapi.json: the description of the API for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.routing import Answer, Response, Route

if TYPE_CHECKING:
    from api.reads import Reads
    from api.routing import Request


def answer(reads: Reads, request: Request) -> Answer:  # noqa: ARG001 - it tells no facts
    """Return the OpenAPI document, whose server is the one that was asked."""
    from api.openapi import document

    body = document() | {"servers": [{"url": "/"}]}
    return Answer(body=body, headers={"cache-control": "public, max-age=300"})


ROUTE = Route(
    method="GET",
    path="/openapi.json",
    operation_id="get_openapi",
    summary="Get the OpenAPI document",
    description="Needs no credentials. It is the same for everybody, and tells nothing of images.",
    responses={
        200: Response(
            "The OpenAPI document.",
            {
                "type": "object",
                "required": ["openapi"],
                "properties": {"openapi": {"type": "string"}},
                "additionalProperties": True,
            },
            {"openapi": "3.1.0"},
            headers=("Cache-Control",),
        )
    },
    answer=answer,
    scopes=(),
)
