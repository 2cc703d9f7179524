"""Reads the tokens of a query one after another."""

from __future__ import annotations

from dataclasses import dataclass

from local.aws.logs.insights.tokens import MalformedQueryError, Token


@dataclass
class Tokens:
    """The tokens of a query, read one after another."""

    query: str
    tokens: list[Token]
    place: int = 0

    @property
    def next(self) -> Token:
        """The next token, which stays the next."""
        return self.tokens[self.place]

    def take(self) -> Token:
        """Take the next token."""
        token = self.next
        self.place += token.kind != "end"
        return token

    def take_sign(self, *signs: str) -> bool:
        """Take the next token if it is one of some signs."""
        if self.next.is_sign(*signs):
            self.take()
            return True
        return False

    def take_word(self, *words: str) -> bool:
        """Take the next token if it is one of some words."""
        if self.next.is_word(*words):
            self.take()
            return True
        return False

    def expect(self, sign: str) -> None:
        """Take a sign that has to come next."""
        if not self.take_sign(sign):
            raise self.unexpected()

    def name(self) -> str:
        """Take the name of a field."""
        if self.next.kind not in {"name", "quoted"}:
            raise self.unexpected()
        return self.take().text

    def unexpected(self) -> MalformedQueryError:
        """Build the error about the next token."""
        token = self.next
        shown = "the end of the query" if token.kind == "end" else token.text
        return MalformedQueryError(f"unexpected symbol found {shown}", token.start)
