"""Divides the text of a query into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<comment>\#[^\n]*)
    | (?P<number>\d+(\.\d+)?(?![\w.@]))
    | (?P<period>\d+[a-z]+)
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<quoted>`[^`]+`)
    | (?P<name>[@A-Za-z_][\w@]*(?:\.[\w@]+)*)
    | (?P<sign>!=|<=|>=|=~|[=<>|,()\[\]+*%^-])
    | (?P<slash>/)
    """,
    re.VERBOSE,
)
_PATTERN = re.compile(r"/((?:[^/\\\n]|\\.)*)/")
# A slash after one of these begins a regular expression; elsewhere it divides.
_BEFORE_PATTERN = {"like", "=~"}


class MalformedQueryError(Exception):
    """The query is none, or has something that is not supported here.

    Args:
        message: what is wrong.
        offset: where, in characters from the beginning.
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True)
class Token:
    """A token: its kind, its text without quotes, and its place in the query."""

    kind: str
    text: str
    start: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of some keywords, in any case."""
        return self.kind == "name" and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of some signs."""
        return self.kind == "sign" and self.text in signs


def tokens_of(query: str) -> list[Token]:
    """Divide a query; the last token has the kind `end`.

    Raises:
        MalformedQueryError: something is no token.
    """
    found: list[Token] = []
    place = 0
    while place < len(query):
        match = _TOKEN.match(query, place)
        if match is None:
            message = f"unexpected symbol found {query[place]}"
            raise MalformedQueryError(message, place)
        token = Token(str(match.lastgroup), match[0], place, match.end())
        if token.kind == "slash":
            token = _slash(query, token, found[-1] if found else None)
        elif token.kind in {"string", "quoted"}:
            text = re.sub(r"\\([\\\"'])", r"\1", match[0][1:-1])
            token = Token(token.kind, text, place, token.end)
        if token.kind not in {"space", "comment"}:
            found.append(token)
        place = token.end
    return [*found, Token("end", "", len(query), len(query))]


def _slash(query: str, token: Token, before: Token | None) -> Token:
    is_operator = before is not None and (
        before.text.lower() in _BEFORE_PATTERN or _is_field_of_parse(query, before)
    )
    if not is_operator:
        return Token("sign", "/", token.start, token.end)
    match = _PATTERN.match(query, token.start)
    if match is None:
        message = "a regular expression has no end"
        raise MalformedQueryError(message, token.start)
    return Token("pattern", match[1].replace(r"\/", "/"), token.start, match.end())


def _is_field_of_parse(query: str, field: Token) -> bool:
    """Whether a token is what the command `parse` reads."""
    return re.search(r"(?:\A|\|)\s*parse\s+\Z", query[: field.start], re.IGNORECASE) is not None
