"""Short ways to write JSON Schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def text(description: str, **keywords: Any) -> Schema:
    """Return the schema of a string."""
    return {"type": "string", "description": description, **keywords}


def moment(description: str) -> Schema:
    """Return the schema of a time, as RFC 3339 writes it."""
    return text(description, format="date-time")


def count(description: str, **keywords: Any) -> Schema:
    """Return the schema of an integer that is not negative."""
    return {"type": "integer", "minimum": 0, "description": description, **keywords}


def number(description: str, **keywords: Any) -> Schema:
    """Return the schema of a number."""
    return {"type": "number", "description": description, **keywords}


def flag(description: str) -> Schema:
    """Return the schema of a boolean."""
    return {"type": "boolean", "description": description}


def array(items: Schema, description: str, **keywords: Any) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "description": description, **keywords}


def texts(description: str) -> Schema:
    """Return the schema of an object whose values are strings."""
    return {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": description,
    }


def record(description: str, required: str, **properties: Schema) -> Schema:
    """Return the schema of an object.

    Args:
        description: one sentence.
        required: names of the properties that are always there, with spaces between them.
        properties: by name.
    """
    return {
        "type": "object",
        "description": description,
        **({"required": required.split()} if required else {}),
        "properties": properties,
    }


def ref(name: str) -> Schema:
    """Return a reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}
