"""The notes of an uploader: user metadata and tags of the uploaded object, safe to store and show.

They are untrusted text. An application finds its own id in them, so what S3 allows is kept in
full: 2 KB of user metadata (docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html), ten
tags of 128 and 256 characters (docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html).
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from image_pipeline.printable import printable, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN_TAGS = "image-pipeline-"
"""How the names of tags begin that the pipeline itself sets."""

_ENTRIES = 64
_NAME_CHARACTERS, _VALUE_CHARACTERS = 128, 2048
_LOOKED_AT = 4 * _VALUE_CHARACTERS  # of a value before it is decoded; any more would be cut off
# RFC 2047, in which S3 returns values that are not ASCII. Space between two words is not part of
# the text.
_WORD = re.compile(
    r"=\?(utf-8|us-ascii|iso-8859-1|windows-1252)(?:\*[\w-]{1,35})?\?([bq])\?([!->@-~]*)\?="
    r"(?:[ \t\r\n]+(?==\?))?",
    re.IGNORECASE | re.ASCII,
)


def notes(metadata: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return `{"metadata", "tags"}` as the record keeps them, each only if there is any.

    Args:
        metadata: as S3 returns it, without the prefix `x-amz-meta-`.
        tags: all tags of the object; those of the pipeline itself are left out.
    """
    own = {name: value for name, value in tags.items() if not name.startswith(OWN_TAGS)}
    decoded = {name: _decoded(value[:_LOOKED_AT]) for name, value in metadata.items()}
    kept = {"metadata": _bounded(decoded), "tags": _bounded(own)}
    return {name: texts for name, texts in kept.items() if texts}


def _bounded(texts: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in list(texts.items())[:_ENTRIES]:
        shown = shortened(printable(name), _NAME_CHARACTERS)
        if shown:
            kept.setdefault(shown, shortened(printable(value), _VALUE_CHARACTERS))
    return kept


def _decoded(value: str) -> str:
    """Return a value of user metadata without the encodings that headers need."""
    # Storage other than S3 returns UTF-8 as it came; HTTP clients read it as Latin-1.
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode()
    return _WORD.sub(_word, value)


def _word(match: re.Match[str]) -> str:
    charset, encoding, text = match.groups()
    try:
        if encoding in "bB":
            data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        else:
            data = quopri.decodestring(text, header=True)
        return data.decode(charset)
    except (binascii.Error, UnicodeError):
        return match.group()
