"""Bodies of requests: JSON that fits a schema."""

from __future__ import annotations

import base64
import json
import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import fastjsonschema

from api.errors import BadRequestError, Fault, TooLargeError, UnsupportedMediaTypeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEPTH = 8
_STRING_CHARACTERS = 8192
_QUOTED_CHARACTERS = 256
# Beyond it, JavaScript and other clients cannot tell two integers apart.
_LARGEST_NUMBER = 2**53
# Lone surrogates cannot be stored as UTF-8; the rest no text of a person contains.
_UNSUITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_JSON = re.compile(r"application/(?:json|[\w.+-]+\+json)\s*(?:;.*)?", re.IGNORECASE | re.ASCII)


def body_of(event: dict[str, Any], schema: dict[str, Any], length: int) -> Any:
    """Read the body of a request.

    Args:
        event: of an HTTP API, payload format 2.0.
        schema: what the body has to fit.
        length: how many bytes it may have.

    Raises:
        UnsupportedMediaTypeError: it is not declared as JSON.
        TooLargeError: it is too long.
        BadRequestError: it does not fit; the error names the fields.
    """
    media_type = (event.get("headers") or {}).get("content-type") or ""
    if not _JSON.fullmatch(media_type.strip()):
        raise UnsupportedMediaTypeError("Send JSON, and the header Content-Type: application/json.")
    data = _bytes(event)
    if len(data) > length:
        message = f"The body may have at most {length:,} bytes."
        raise TooLargeError(message)
    if not data:
        raise BadRequestError("The request needs a body.")
    body = _parsed(data)
    faults = [*_oversized(body)]
    if faults:
        raise BadRequestError("The body has values that no field takes.", *faults)
    return _validated(body, schema)


def _bytes(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return bytes(text.encode(errors="surrogatepass"))
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadRequestError("The body is not base64.") from error


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(
            data.decode(),
            parse_constant=_refuse,
            parse_float=_number,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:  # of UTF-8, of JSON, or its depth
        raise BadRequestError("The body is not JSON in UTF-8.") from error


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _number(text: str) -> float | int:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    # JSON has one kind of number: 1e3 is an integer.
    return int(number) if number.is_integer() else number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(pairs)  # readers of JSON differ in which of two values they take
    return found


def _oversized(value: Any, field: str = "", depth: int = 0) -> Iterator[Fault]:
    """Yield what no schema has to say: depth, and what is wrong with any text or number."""
    if depth > _DEPTH:
        yield Fault(field, f"is nested more than {_DEPTH} deep")
    elif isinstance(value, dict):
        for name, each in value.items():
            if _flaw(name):
                yield Fault(field, f"has a name that {_flaw(name)}")
            else:
                yield from _oversized(each, f"{field}.{name}".lstrip("."), depth + 1)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _oversized(each, f"{field}[{position}]", depth + 1)
    elif flaw := _flaw(value):
        yield Fault(field, flaw)


def _flaw(value: Any) -> str:
    if isinstance(value, str):
        if len(value) > _STRING_CHARACTERS:
            return f"has more than {_STRING_CHARACTERS} characters"
        if _UNSUITABLE.search(value):
            return "contains control characters, or halves of surrogate pairs"
    elif isinstance(value, int | float) and abs(value) > _LARGEST_NUMBER:
        return f"is beyond ±{_LARGEST_NUMBER}"
    return ""


def _validated(body: Any, schema: dict[str, Any]) -> Any:
    try:
        return _validator(json.dumps(schema))(body)
    except fastjsonschema.JsonSchemaValueException as error:
        if misnamed := _misnamed(error):
            raise misnamed from error
        # Both may quote the body.
        name = str(error.name)
        field = name.removeprefix("data").lstrip(".")[:_QUOTED_CHARACTERS]
        detail = error.message.removeprefix(name).strip()[:_QUOTED_CHARACTERS]
        message = f"{f'The field {field}' if field else 'The body'} {detail}."
        raise BadRequestError(message, Fault(field, detail)) from error


def _misnamed(error: Any) -> BadRequestError | None:
    """Return the error that names the fields that are missing, or that there are not."""
    known, given = error.definition.get("properties", {}), error.value
    if error.rule == "required":
        names, fault = [each for each in error.rule_definition if each not in given], "is missing"
    elif error.rule == "additionalProperties" and error.rule_definition is False:
        names, fault = [each for each in given if each not in known], "is not a field"
    else:
        return None
    place = error.name.removeprefix("data").lstrip(".")
    fields = [f"{place}.{name}".lstrip(".")[:_QUOTED_CHARACTERS] for name in names]
    faults = [Fault(field, fault) for field in fields]
    message = f"In the body, {fields[0]} {fault}."
    return BadRequestError(message, *faults)


@cache
def _validator(schema: str) -> Callable[[Any], Any]:
    compiled: Callable[[Any], Any] = fastjsonschema.compile(json.loads(schema))
    return compiled
