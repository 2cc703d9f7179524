"""What all operations of the OpenAPI document have in common."""

from __future__ import annotations

from typing import Any

from api.caller import READ, REVIEW, WRITE
from api.routing import Response
from api.schemas.fields import text

INFO = {
    "title": "Image Pipeline",
    "version": "1",
    "summary": "Upload pictures, find them, read their renditions, review and delete them.",
    "description": "Every error has the media type application/problem+json (RFC 9457), except "
    "those of requests that do not reach the API: API Gateway answers them with a `message` in "
    "application/json.\n\nFields may be added to answers at any time; clients ignore those that "
    "they do not know.",
    "license": {"name": "MIT", "identifier": "MIT"},
}
SERVERS = [
    {
        "url": "https://{host}",
        "description": "The output ApiUrl of the stack.",
        "variables": {
            "host": {"default": "api.example.com", "description": "Host of that URL."},
        },
    }
]
TAGS = {
    "images": "Pictures and what has become of them.",
    "stats": "Counts.",
    "reviews": "Images that wait for a person.",
    "service": "The API itself.",
}
SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With ApiAuth=JWT: an access token of JwtIssuer for JwtAudience. It needs "
        f"one of the named scopes: `{READ}`, `{WRITE}` or `{REVIEW}`. Without `{REVIEW}`, callers "
        "find only images that they have uploaded themselves.",
    },
    "iam": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "With ApiAuth=IAM: AWS Signature Version 4 for execute-api, by a principal "
        "that may execute-api:Invoke.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    name: {"description": description, "schema": schema}
    for name, description, schema in (
        ("ETag", "Changes with the image; for If-None-Match and If-Match.", {"type": "string"}),
        (
            "Retry-After",
            "In how many seconds to ask again.",
            {"type": "integer", "minimum": 0},
        ),
        ("Location", "Where to go on.", text("A URL.", format="uri-reference")),
        ("Cache-Control", "Who may keep the answer, and for how long.", {"type": "string"}),
        ("WWW-Authenticate", "What is wrong with the token.", {"type": "string"}),
    )
}
COMMON: tuple[tuple[str, int, Response], ...] = (
    ("parameters", 400, Response("The request is malformed; `errors` names the fields.")),
    (
        "scopes",
        401,
        Response("The token is missing, expired or not valid.", headers=("WWW-Authenticate",)),
    ),
    ("scopes", 403, Response("The caller may not do this.")),
    (
        "key",
        409,
        Response("A request with this Idempotency-Key is in progress.", headers=("Retry-After",)),
    ),
    ("key", 422, Response("The Idempotency-Key was used with another request.")),
    ("body", 413, Response("The body is too large.")),
    (
        "body",
        415,
        Response("The body is not declared as JSON, by Content-Type: application/json."),
    ),
    ("any", 429, Response("Too many requests. Try again later.")),
    ("any", 500, Response("The API is at fault; an alarm has gone off.")),
    ("any", 503, Response("A service has no capacity. Try again later.", headers=("Retry-After",))),
)
"""Responses of every route of a kind.

Those are routes with parameters, an idempotency key, a body or scopes, and any.
"""
