"""The words of a text: what is stored for a search, and what a search asks for, alike."""

from __future__ import annotations

import unicodedata

# A longer word is found by its beginning.
_CHARACTERS = 64
# Letters, digits and the marks that belong to letters in many scripts.
_OF_WORDS = "LNM"


def words(text: str) -> tuple[str, ...]:
    """Split a text into its words, each once, in the order of the text.

    Case, width and the way in which accents are encoded make no difference. Everything but letters
    and digits separates words, an underscore too.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    separated = "".join(
        each if unicodedata.category(each)[0] in _OF_WORDS else " " for each in folded
    )
    return tuple(dict.fromkeys(word[:_CHARACTERS] for word in separated.split()))
