"""Uploads full of facts that can be recognized wherever they turn up."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from local.aws.taxonomy import METADATA
from tests.support.exif_blocks import ascii_text, exif_block
from tests.support.pictures import confetti, file_of

WORDS, FACTS, PIXELS, INTERNAL = "words", "facts", "picture", "internal"
"""Kinds of secrets: the uploader's own words and name, what is known of a picture, what it looks
like, and what nobody is ever told."""

# Of a record: everything below these attributes, as it is stored.
_KINDS = {
    "key": WORDS,
    "upload": WORDS,
    "metadata": FACTS,
    "moderation": FACTS,
    "source": FACTS,
    "placeholder": PIXELS,
    "renditions": PIXELS,
    "execution": INTERNAL,
    "owner": WORDS,
    "sequencer": INTERNAL,
}
# They tell versions of objects apart, and nothing of what is in them.
_IDENTIFIERS = ("version_id", "version")
# Shorter texts, such as a color, turn up by chance in lists; the others do in every answer.
_SHORTEST = 8
_COMMON = {"image/jpeg", "image/webp", "thumbnail", "medium", "preview", "approved", "review"}
_COMMON |= {"rejected", "failed", "sRGB", "internal_error", "uploads/"}
_COMMON |= {"local-stand-in", "A date in the EXIF data could not be read."}


@dataclass(frozen=True)
class Planted:
    """An upload: its bytes, and what comes with it. `name` is part of every fact in it."""

    name: str
    seed: int
    labels: str = ""
    breaks_off: bool = False
    data: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        exif = exif_block(
            {0x010F: ascii_text(f"{self.name}make"), 0x0110: ascii_text(f"{self.name}model")},
            {0x9003: ascii_text(f"20{self.seed:02}:06:01 10:30:00")},
        )
        data = file_of(confetti((96 + self.seed, 88), self.seed), exif=exif)
        object.__setattr__(self, "data", data[: len(data) // 2] if self.breaks_off else data)

    def declared(self) -> dict[str, Any]:
        """Return what a client declares when it puts the upload."""
        labels = {METADATA: self.labels} if self.labels else {}
        return {
            "ContentType": "image/jpeg",
            "Metadata": {"order": f"{self.name} note", **labels},
            "Tagging": f"shop={self.name}-tag",
        }

    def secrets(self) -> dict[str, str]:
        """Return the facts by themselves, with the kind of each."""
        return {
            f"{self.name} note": WORDS,
            f"{self.name}-tag": WORDS,
            f"{self.name}make": FACTS,
            f"{self.name}model": FACTS,
            f"20{self.seed:02}-06-01T10:30:00": FACTS,
            hashlib.sha256(self.data).hexdigest(): FACTS,
            hashlib.md5(self.data, usedforsecurity=False).hexdigest(): FACTS,
        }


def secrets_of(record: dict[str, Any]) -> dict[str, str]:
    """Return every text in a record that would tell something, with its kind."""
    found: dict[str, str] = {}
    for name, kind in _KINDS.items():
        for text in _texts(record.get(name)):
            if len(text) >= _SHORTEST and text not in _COMMON:
                found.setdefault(text, kind)
    return found


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            told = [each for name, each in value.items() if name not in _IDENTIFIERS]
            return [text for each in told for text in _texts(each)]
        case list():
            return [text for each in value for text in _texts(each)]
    return []


def kinds_in(secrets: dict[str, str], *texts: str) -> dict[str, set[str]]:
    """Return the secrets that texts contain, by kind: as they are, in JSON or in a URL."""
    whole = "\n".join(texts)
    found: dict[str, set[str]] = {}
    for secret, kind in secrets.items():
        if any(form in whole for form in _forms(secret)):
            found.setdefault(kind, set()).add(secret)
    return found


def _forms(secret: str) -> set[str]:
    quoted = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {secret, json.dumps(secret)[1:-1]} | quoted
