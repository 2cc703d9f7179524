"""DynamoDB's typed JSON, without boto3, which takes 48 ms of a cold start.

Only the types that records contain: text, numbers, booleans, lists and maps. Numbers are read as
int or float.
"""

from __future__ import annotations

from typing import Any


def encode(value: Any) -> dict[str, Any]:
    """Convert a JSON-ready value into an attribute value such as `{"S": "text"}`."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int() | float():
            return {"N": repr(value)}
        case list() | tuple():
            return {"L": [encode(item) for item in value]}
        case dict():
            return {"M": {name: encode(item) for name, item in value.items()}}
    message = f"a record cannot hold a {type(value).__name__}"
    raise TypeError(message)


def encode_item(record: dict[str, Any]) -> dict[str, Any]:
    """Convert a JSON-ready dictionary into an item of a table."""
    item: dict[str, Any] = encode(record)["M"]
    return item


def decode_item(item: Any) -> dict[str, Any]:
    """Convert an item of a table back into a dictionary."""
    record: dict[str, Any] = decode({"M": item})
    return record


def decode(attribute: dict[str, Any]) -> Any:
    """Convert an attribute value back into the value that `encode` was given."""
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return float(value) if set(value) & set(".eE") else int(value)
        case "L":
            return [decode(item) for item in value]
        case "M":
            return {name: decode(item) for name, item in value.items()}
    return value
