"""The tags of an object, which moto stores unchecked.

docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAGS, _KEY_CHARACTERS, _VALUE_CHARACTERS = 10, 128, 256
_SIGNS = set("+-=._:/@")


def tags_of_header(text: str) -> dict[str, str]:
    """Read the header `x-amz-tagging`.

    Raises:
        RefusedError: S3 would not accept the tags.
    """
    return _checked(parse_qsl(text, keep_blank_values=True))


def tags_of_xml(text: str) -> dict[str, str]:
    """Read the field `tagging` of a form.

    Raises:
        RefusedError: S3 would not accept the tags.
    """
    try:
        root = ET.fromstring(text)  # noqa: S314 - on this machine only
    except ET.ParseError as error:
        message = "The XML you provided was not well-formed or did not validate against our schema."
        raise RefusedError(400, "MalformedXML", message) from error
    return _checked(
        [
            (tag.findtext("{*}Key", ""), tag.findtext("{*}Value", ""))
            for tag in root.findall("{*}TagSet/{*}Tag")
        ]
    )


def _checked(tags: Sequence[tuple[str, str]]) -> dict[str, str]:
    if len(tags) > _TAGS:
        raise RefusedError(400, "BadRequest", "Object tags cannot be greater than 10")
    if len(dict(tags)) < len(tags):
        raise _invalid("Cannot provide multiple Tags with the same key")
    for key, value in tags:
        if key.lower().startswith("aws:"):
            raise _invalid("System tags cannot be added/updated by requester")
        if not key or not _is_valid(key, _KEY_CHARACTERS):
            raise _invalid("The TagKey you have provided is invalid")
        if not _is_valid(value, _VALUE_CHARACTERS):
            raise _invalid("The TagValue you have provided is invalid")
    return dict(tags)


def _is_valid(text: str, characters: int) -> bool:
    """Whether a text has letters, digits, spaces and a few signs, counted as in UTF-16."""
    fits = len(text.encode("utf-16-le", "surrogatepass")) <= 2 * characters
    return fits and all(
        character in _SIGNS or unicodedata.category(character)[0] in "LNZ" for character in text
    )


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "InvalidTag", message)
