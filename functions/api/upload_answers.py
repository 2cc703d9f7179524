"""What the routes of uploads answer with, as JSON Schema."""

from __future__ import annotations

PARTS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["part_number", "bytes", "url"],
        "properties": {
            "part_number": {"type": "integer"},
            "bytes": {"type": "integer", "description": "Exact size of the part."},
            "url": {"type": "string", "description": "Send the part to it with PUT."},
        },
    },
}
EXPIRES_AT = {
    "type": "string",
    "format": "date-time",
    "description": "An upload that begins later is refused.",
}
UPLOAD = {
    "type": "object",
    "required": ["expires_at"],
    "properties": {
        "url": {"type": "string", "description": "Send the form to it with POST."},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Fields of the form, to be sent before the file.",
        },
        "parts": {**PARTS, "description": "Instead of url and fields, in a multipart upload."},
        "expires_at": EXPIRES_AT,
    },
}
STATUS = {
    "type": "object",
    "required": ["image_id", "status"],
    "properties": {"image_id": {"type": "string"}, "status": {"type": "string"}},
}
