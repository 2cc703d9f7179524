"""The commands of a query: each turns rows into rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local.aws.logs.insights.expressions import Reader, compiled
from local.aws.logs.insights.tokens import MalformedQueryError, Token, tokens_of
from local.aws.logs.insights.values import Value, order, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.logs.insights.expression import Expression

    Row = dict[str, Value]

MOST_ROWS = 10_000
_ALWAYS = ("@timestamp", "@message")


@dataclass
class Rows:
    """Rows, and the fields of them that are shown, in their order.

    `is_grouped` says that rows are no longer single events; `matched` is how many events were left
    then.
    """

    rows: list[Row]
    shown: list[str] = field(default_factory=list)
    is_grouped: bool = False
    most: int = MOST_ROWS
    matched: int | None = None

    def show(self, names: list[str]) -> None:
        """Show further fields."""
        self.shown += [name for name in names if name not in self.shown]


@dataclass(frozen=True)
class Query:
    """A query: its commands in their order."""

    commands: tuple[Callable[[Rows], None], ...]

    def results(self, events: list[Row]) -> tuple[list[dict[str, str]], int]:
        """Run the query on events, the newest first.

        Returns:
            The rows as they are shown, and the number of events that match.
        """
        rows = Rows(events)
        for command in self.commands:
            command(rows)
        shown = rows.shown or ([] if rows.is_grouped else list(_ALWAYS))
        result = []
        for row in rows.rows[: rows.most]:
            written = {name: text(row[name]) for name in shown if row.get(name) is not None}
            if not rows.is_grouped:
                written["@ptr"] = text(row["@ptr"])
            result.append(written)
        return result, len(rows.rows) if rows.matched is None else rows.matched


def parsed(query: str) -> Query:
    """Parse a query.

    Raises:
        MalformedQueryError: it is none, or has something that is not supported here.
    """
    reader = Reader(query, tokens_of(query))
    commands: list[Callable[[Rows], None]] = []
    aggregations = 0
    while reader.next.kind != "end":
        if commands and not reader.take_sign("|"):
            raise reader.unexpected()
        token = reader.take()
        make = _COMMANDS.get(token.text.lower()) if token.kind == "name" else None
        if make is None:
            shown = token.text or "the end of the query"
            message = f"the command {shown} is unknown, or not supported offline"
            raise MalformedQueryError(message, token.start)
        aggregations += token.is_word("stats")
        if aggregations > 2:
            message = "a query has two commands stats at most"
            raise MalformedQueryError(message, token.start)
        commands.append(make(reader))
    if not commands:
        message = "the query is empty"
        raise MalformedQueryError(message)
    return Query(tuple(commands))


@dataclass(frozen=True)
class _Named:
    name: str
    expression: Expression


def _named(reader: Reader, *, aggregate: bool = False) -> list[_Named]:
    """Take expressions, each of which may be given a name."""
    found: list[_Named] = []
    while not found or reader.take_sign(","):
        start = reader.next.start
        expression = reader.expression()
        if expression.is_aggregate and not aggregate:
            message = "an aggregate function is only for stats"
            raise MalformedQueryError(message, start)
        name = reader.name() if reader.take_word("as") else expression.source.strip("`")
        found.append(_Named(name, expression))
    return found


def _fields(reader: Reader) -> Callable[[Rows], None]:
    named = _named(reader)

    def apply(rows: Rows) -> None:
        for row in rows.rows:
            row.update({each.name: each.expression.value(row) for each in named})
        rows.show([each.name for each in named])

    return apply


def _display(reader: Reader) -> Callable[[Rows], None]:
    names = [reader.name()]
    while reader.take_sign(","):
        names.append(reader.name())

    def apply(rows: Rows) -> None:
        rows.shown = list(dict.fromkeys(names))

    return apply


def _filter(reader: Reader) -> Callable[[Rows], None]:
    start = reader.next.start
    condition = reader.expression()
    if condition.is_aggregate:
        message = "an aggregate function is only for stats"
        raise MalformedQueryError(message, start)

    def apply(rows: Rows) -> None:
        rows.rows = [row for row in rows.rows if condition.holds(row)]

    return apply


def _stats(reader: Reader) -> Callable[[Rows], None]:
    start = reader.next.start
    aggregates = _named(reader, aggregate=True)
    if not all(each.expression.is_aggregate for each in aggregates):
        message = "stats computes aggregate functions only"
        raise MalformedQueryError(message, start)
    keys = _named(reader) if reader.take_word("by") else []

    def apply(rows: Rows) -> None:
        if rows.matched is None:
            rows.matched = len(rows.rows)
        groups: dict[tuple[Value, ...], list[Row]] = {} if keys else {(): []}
        for row in rows.rows:
            key = tuple(each.expression.value(row) for each in keys)
            groups.setdefault(key, []).append(row)
        rows.rows = [
            {each.name: value for each, value in zip(keys, key, strict=True)}
            | {each.name: each.expression.of(group) for each in aggregates}
            for key, group in groups.items()
        ]
        rows.shown = [each.name for each in [*keys, *aggregates]]
        rows.is_grouped = True

    return apply


def _sort(reader: Reader) -> Callable[[Rows], None]:
    by: list[tuple[Expression, bool]] = []
    while not by or reader.take_sign(","):
        start = reader.next.start
        expression = reader.expression()
        if expression.is_aggregate:
            message = "sort orders by fields: give the aggregate a name with as"
            raise MalformedQueryError(message, start)
        descending = reader.take_word("desc")
        if not descending:
            reader.take_word("asc")
        by.append((expression, descending))

    def apply(rows: Rows) -> None:
        for expression, descending in reversed(by):
            valued = [(expression.value(row), row) for row in rows.rows]
            present = [each for each in valued if each[0] is not None]
            present.sort(key=lambda each: order(each[0]), reverse=descending)
            rows.rows = [row for _, row in present] + [
                row for value, row in valued if value is None
            ]

    return apply


def _limit(reader: Reader) -> Callable[[Rows], None]:
    token = reader.next
    if token.kind != "number" or not token.text.isdigit():
        raise reader.unexpected()
    most = int(reader.take().text)
    if not 1 <= most <= MOST_ROWS:
        message = f"a limit is from 1 to {MOST_ROWS}"
        raise MalformedQueryError(message, token.start)

    def apply(rows: Rows) -> None:
        rows.most = most

    return apply


def _dedup(reader: Reader) -> Callable[[Rows], None]:
    names = [reader.name()]
    while reader.take_sign(","):
        names.append(reader.name())

    def apply(rows: Rows) -> None:
        first: dict[tuple[Value, ...], Row] = {}
        for row in rows.rows:
            key = tuple(row.get(name) for name in names)
            if None not in key:
                first.setdefault(key, row)
        rows.rows = list(first.values())

    return apply


def _parse(reader: Reader) -> Callable[[Rows], None]:
    source = reader.name()
    token = reader.take()
    if token.kind == "pattern":
        pattern = compiled(token)
        names = list(pattern.groupindex)
    elif token.kind == "string":
        pattern, names = _glob(token), []
    else:
        reader.place -= token.kind != "end"
        raise reader.unexpected()
    if token.kind == "string":
        if not reader.take_word("as"):
            raise reader.unexpected()
        names = [reader.name()]
        while reader.take_sign(","):
            names.append(reader.name())
    if not names or len(names) != pattern.groups:
        message = "parse needs a name for each part of its pattern"
        raise MalformedQueryError(message, token.start)

    def apply(rows: Rows) -> None:
        for row in rows.rows:
            match = pattern.search(text(row.get(source)))
            if match:
                row.update(zip(names, match.groups(), strict=True))
        rows.show(names)

    return apply


def _glob(token: Token) -> re.Pattern[str]:
    """Compile a pattern with asterisks; the last one takes all that follows."""
    parts = [re.escape(part) for part in token.text.split("*")]
    pattern = "(.*?)".join(parts)
    return re.compile(pattern + "$" if token.text.endswith("*") else pattern, re.DOTALL)


_COMMANDS: dict[str, Callable[[Reader], Callable[[Rows], None]]] = {
    "fields": _fields,
    "display": _display,
    "filter": _filter,
    "stats": _stats,
    "sort": _sort,
    "limit": _limit,
    "dedup": _dedup,
    "parse": _parse,
}
