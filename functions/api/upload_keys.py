"""The key of an upload, made by the service: no id can be guessed, no upload overwritten."""

from __future__ import annotations

import re
import secrets
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from image_pipeline.object_keys import UPLOADS_PREFIX

if TYPE_CHECKING:
    from datetime import date

# An id has 130 bits of a digest of the key; fewer random bits here would be what there is to guess.
_RANDOM_BYTES = 16
# S3 allows 1,024 bytes for the whole key.
_NAME_BYTES, _SUFFIX_BYTES = 200, 16
_FALLBACK = "upload"


def new_key(filename: str, day: date) -> str:
    """Return a key that nobody else has: `uploads/<day>/<random>/<safe filename>`."""
    token = secrets.token_hex(_RANDOM_BYTES)
    return f"{UPLOADS_PREFIX}{day.isoformat()}/{token}/{safe_filename(filename)}"


def safe_filename(filename: str) -> str:
    r"""Return a file name as part of a key that needs no care in a URL, a page or a shell.

    Letters, digits and marks of every script stay, because people search by them. Everything else,
    such as spaces, controls, and marks that change the direction of writing, becomes a hyphen.

    Args:
        filename: any text, also a path of another system such as `C:\fakepath\photo.jpg`.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    kept = "".join(character if _is_safe(character) else "-" for character in last)
    kept = re.sub(r"-*\.[-.]*", ".", re.sub(r"-{2,}", "-", kept))
    path = PurePosixPath(f"{_FALLBACK}{kept}" if kept.startswith(".") else kept)
    stem, suffix = path.stem.strip("-."), path.suffix.rstrip("-.")
    if len(suffix.encode()) > _SUFFIX_BYTES:
        stem, suffix = f"{stem}{suffix}", ""
    room = _NAME_BYTES - len(suffix.encode())
    return (_shortened(stem, room).rstrip("-.") or _FALLBACK) + suffix


def _is_safe(character: str) -> bool:
    return character in "-._" or unicodedata.category(character)[0] in "LNM"


def _shortened(text: str, size: int) -> str:
    """Cut a text to at most `size` bytes of UTF-8, between two characters."""
    return text.encode()[:size].decode(errors="ignore")
