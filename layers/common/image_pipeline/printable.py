"""Makes untrusted text safe to store and show, wherever it comes from."""

from __future__ import annotations

import unicodedata

ELLIPSIS = "…"


def printable(text: str) -> str:
    """Return a text as one line of printable characters.

    Control characters, marks that change the direction of writing, private and unassigned
    characters are removed; tabs and line ends become spaces.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    normal = unicodedata.normalize("NFC", text)
    return "".join(_printable(character) for character in normal).strip()


def shortened(text: str, most: int) -> str:
    """Return a text of at most `most` characters, with an ellipsis at the end if it was cut."""
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    if character == "\N{REPLACEMENT CHARACTER}":
        return ""
    # Cc, Cf, Cs, Co, Cn: controls, formatting such as bidi marks, surrogates, private, unassigned.
    return "" if unicodedata.category(character).startswith("C") else character
