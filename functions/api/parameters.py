"""Parameters of the path, the query string and the headers, and their values in a request."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import BadRequestError, Fault
from image_pipeline.identity import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable

LINE = "^[^\\u0000-\\u001f\\u007f]*$"
"""Regular expression, in the syntax that JSON Schema shares with Python, for text on one line."""

LINES = "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$"
"""The same for text on several lines."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Parameter(NamedTuple):
    """A parameter, in the terms of OpenAPI.

    Args:
        name: as in the path, the query string or the headers.
        place: `path`, `query` or `header`, which OpenAPI calls `in`.
        description: one sentence for the reader of the API's documentation.
        refusal: the message to a caller if the value is missing or malformed.
        schema: JSON Schema of the value, with these keywords: `type` (string, integer or boolean),
            `pattern` (from ^ to $, such as `LINE`), `minLength`, `maxLength`, `enum`, `minimum`,
            `maximum`, `default` and `format` (date-time).
        required: whether a request without it is refused.
        example: a value.
        deprecated: whether new clients should not send it.
    """

    name: str
    place: str
    description: str
    refusal: str
    schema: dict[str, Any]
    required: bool = True
    example: Any = None
    deprecated: bool = False


IMAGE_ID = Parameter(
    name="id",
    place="path",
    description="Id of the image, as notifications and earlier answers give it.",
    refusal="An image id has 26 characters, each of a-z or 2-7.",
    schema={"type": "string", "pattern": f"^{ID_PATTERN}$"},
    example="5ckxvam4h5m3v2i7bbvu5coi3h",
)
KEY = Parameter(
    name="key",
    place="query",
    description="Key of the uploaded object, such as uploads/photo.jpg.",
    refusal="Name an image by its id in the path, or by ?key=uploads/….",
    schema={"type": "string", "minLength": 1, "maxLength": 1024, "pattern": r"^[\s\S]+$"},
    example="uploads/sample.jpg",
)
IF_MATCH = Parameter(
    name="If-Match",
    place="header",
    description="The ETag of the image as it was seen; the request changes no other.",
    refusal="If-Match takes one ETag of the image, in double quotes.",
    schema={"type": "string", "maxLength": 128, "pattern": r'^(\*|(W/)?"[!#-~]*")$'},
    required=False,
    example='"7"',
)
IF_NONE_MATCH = Parameter(
    name="If-None-Match",
    place="header",
    description="The ETag of the image as it is known; if it has not changed, the answer is 304.",
    refusal="If-None-Match takes ETags of the image, in double quotes.",
    schema={"type": "string", "maxLength": 1024, "pattern": "^[ -~]*$"},
    required=False,
    example='"7"',
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    place="header",
    description="A new key, such as a UUID, for each new request. A request that is repeated with "
    "the same key is done once, and is answered as it was the first time.",
    refusal="An Idempotency-Key has 1 to 255 printable ASCII characters.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    required=False,
    example="8e03978e-40d5-43e8-bc93-6894a57f9324",
)


def arguments(parameters: tuple[Parameter, ...], event: dict[str, Any]) -> dict[str, Any]:
    """Read the values of the parameters in the path and the query string.

    Raises:
        BadRequestError: one is missing or malformed.
    """
    # The gateway leaves out what a request does not have.
    given = {
        "path": event.get("pathParameters") or {},
        "query": event.get("queryStringParameters") or {},
    }
    found = {}
    for parameter in parameters:
        if parameter.place in given:
            value = _value(parameter, given[parameter.place].get(parameter.name))
            if value is not None:
                found[parameter.name] = value
    return found


def headers(parameters: tuple[Parameter, ...], event: dict[str, Any]) -> dict[str, str]:
    """Read the values of the headers that a route declares, by name in lower case.

    Raises:
        BadRequestError: one is missing or malformed.
    """
    given = event.get("headers") or {}
    found = {}
    for parameter in parameters:
        if parameter.place == "header":
            name = parameter.name.lower()
            value = _value(parameter, given.get(name))
            if value is not None:
                found[name] = value
    return found


def _value(parameter: Parameter, text: str | None) -> Any:
    if text is None and not parameter.required:
        return parameter.schema.get("default")
    try:
        return _parsed(text, parameter.schema)
    except ValueError as error:
        fault = Fault(parameter.name, parameter.refusal)
        raise BadRequestError(parameter.refusal, fault) from error


def _parsed(text: str | None, schema: dict[str, Any]) -> Any:
    """Return the value that a text stands for.

    Raises:
        ValueError: it does not fit the schema.
    """
    if text is None:
        raise ValueError
    value = _PARSERS[schema["type"]](text)
    _check(value, schema)
    return value


def _check(value: Any, schema: dict[str, Any]) -> None:
    """Raise ValueError if a value does not fit."""
    if "enum" in schema and value not in schema["enum"]:
        raise ValueError
    if isinstance(value, str):
        value.encode()  # raises an error for half of a surrogate pair, which is not text
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value))
        if not fits or not re.fullmatch(schema.get("pattern", LINE), value):
            raise ValueError
        if schema.get("format") == "date-time":
            _moment(value)
    elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise ValueError


def _moment(text: str) -> None:
    """Raise ValueError if a text is not a time of RFC 3339, or not one that Python has in UTC."""
    if not _MOMENT.fullmatch(text):
        raise ValueError
    try:
        datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError from error


def _integer(text: str) -> int:
    # int() takes signs, spaces, underscores and the digits of every script.
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise ValueError
    return int(text)


def _boolean(text: str) -> bool:
    # As a flag, the name alone is true: ?multipart.
    if text not in {"", "true", "false"}:
        raise ValueError
    return text != "false"


_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _integer,
    "boolean": _boolean,
}
