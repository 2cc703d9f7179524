"""Parses the expressions of a query.

The weakest operator first: or, and, not, comparisons, sums, products, powers, signs.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.aws.logs.insights.aggregates import AGGREGATES, percentile
from local.aws.logs.insights.expression import (
    Expression,
    applied,
    arithmetic,
    constant,
    joined,
    truth,
)
from local.aws.logs.insights.functions import FUNCTIONS, bin_of
from local.aws.logs.insights.reader import Tokens
from local.aws.logs.insights.tokens import MalformedQueryError, Token
from local.aws.logs.insights.values import Value, compared, number, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Event = Mapping[str, Value]
    Of = Callable[[Sequence[Event]], Value]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PERIOD = re.compile(r"(\d+)(ms|s|m|h|d|w)")
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_MOST_DEEP = 50


@dataclass
class Reader(Tokens):
    """Reads expressions."""

    _depth: int = field(default=0, init=False)

    def expression(self) -> Expression:
        """Take an expression."""
        self._depth += 1
        if self._depth > _MOST_DEEP:
            message = "the expression is nested too deeply"
            raise MalformedQueryError(message, self.next.start)
        start = self.next.start
        found = self._either()
        self._depth -= 1
        source = self.query[start : self.tokens[self.place - 1].end]
        return Expression(found.of, source, found.names, found.is_aggregate)

    def _either(self) -> Expression:
        found = self._both()
        while self.take_word("or"):
            found = joined(found, self._both(), lambda one, other: truth(one) or truth(other))
        return found

    def _both(self) -> Expression:
        found = self._negated()
        while self.take_word("and"):
            right = self._negated()
            found = joined(found, right, lambda one, other: truth(one) and truth(other))
        return found

    def _negated(self) -> Expression:
        if self.take_word("not"):
            return applied([self._negated()], lambda value: not truth(value))
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum()
        token = self.next
        if token.is_sign(*_COMPARISONS):
            self.take()
            holds = _COMPARISONS[token.text]
            return joined(left, self._sum(), lambda one, other: compared(one, other, holds))
        is_negated = token.is_word("not") and self.tokens[self.place + 1].is_word("like", "in")
        if is_negated:
            self.take()
        if self.take_word("in"):
            choices = self._choices()
            return applied(
                [left],
                lambda value: (
                    value is not None
                    and any(compared(value, each, operator.eq) for each in choices) != is_negated
                ),
            )
        if self.take_word("like") or (not is_negated and self.take_sign("=~")):
            finds = self._finding()
            return applied(
                [left], lambda value: value is not None and finds(text(value)) != is_negated
            )
        return left

    def _choices(self) -> list[Value]:
        self.expect("[")
        choices: list[Value] = [self._literal()]
        while self.take_sign(","):
            choices.append(self._literal())
        self.expect("]")
        return choices

    def _literal(self) -> Value:
        is_negative = self.take_sign("-")
        token = self.next
        if token.kind == "number":
            self.take()
            return _number(token.text) * (-1 if is_negative else 1)
        if token.kind != "string" or is_negative:
            raise self.unexpected()
        return self.take().text

    def _finding(self) -> Callable[[str], bool]:
        token = self.next
        if token.kind == "string":
            self.take()
            return lambda given: token.text in given
        if token.kind != "pattern":
            raise self.unexpected()
        self.take()
        pattern = compiled(token)
        return lambda given: pattern.search(given) is not None

    def _sum(self) -> Expression:
        found = self._product()
        while self.next.is_sign("+", "-"):
            sign = self.take().text
            found = joined(found, self._product(), arithmetic(sign))
        return found

    def _product(self) -> Expression:
        found = self._power()
        while self.next.is_sign("*", "/", "%"):
            sign = self.take().text
            found = joined(found, self._power(), arithmetic(sign))
        return found

    def _power(self) -> Expression:
        found = self._signed()
        if self.take_sign("^"):
            return joined(found, self._power(), arithmetic("^"))
        return found

    def _signed(self) -> Expression:
        if self.take_sign("-"):
            return joined(constant(0), self._signed(), arithmetic("-"))
        return self._atom()

    def _atom(self) -> Expression:
        if self.take_sign("("):
            found = self.expression()
            self.expect(")")
            return found
        token = self.take()
        if token.kind == "number":
            return constant(_number(token.text))
        if token.kind == "string":
            return constant(token.text)
        if token.is_word("true", "false"):
            return constant(int(token.is_word("true")))
        if token.kind == "name" and self.next.is_sign("("):
            return self._call(token)
        if token.kind not in {"name", "quoted"}:
            self.place -= token.kind != "end"
            raise self.unexpected()
        name = token.text
        return Expression(lambda events: events[0].get(name), names=frozenset([name]))

    def _call(self, token: Token) -> Expression:
        name = token.text.lower()
        self.expect("(")
        if name == "bin":
            period = self._period()
            self.expect(")")
            return Expression(
                lambda events: bin_of(events[0].get("@timestamp"), period),
                names=frozenset(["@timestamp"]),
            )
        if name in AGGREGATES and self.take_sign("*"):
            self.expect(")")
            return self._aggregate(token, [])
        arguments: list[Expression] = []
        while not self.take_sign(")"):
            if arguments:
                self.expect(",")
            arguments.append(self.expression())
        if name in AGGREGATES or name in {"pct", "percentile"}:
            return self._aggregate(token, arguments)
        if name not in FUNCTIONS:
            message = f"the function {token.text} is unknown, or not supported offline"
            raise MalformedQueryError(message, token.start)
        least, most, compute = FUNCTIONS[name]
        self._count(token, arguments, least, most)
        return applied(arguments, compute)

    def _aggregate(self, token: Token, arguments: list[Expression]) -> Expression:
        name = token.text.lower()
        if any(each.is_aggregate for each in arguments):
            message = f"{token.text} cannot aggregate an aggregate"
            raise MalformedQueryError(message, token.start)
        is_percentile = name in {"pct", "percentile"}
        least = 0 if name == "count" else 1 + is_percentile
        self._count(token, arguments, least, 1 + is_percentile)
        compute = AGGREGATES.get(name)
        if is_percentile:
            rank = number(arguments[1].of([{}]))
            if rank is None or not 0 <= rank <= 100:
                message = "a percentile is a number from 0 to 100"
                raise MalformedQueryError(message, token.start)
            compute = percentile(rank)
        assert compute is not None
        aggregated = compute

        def of(events: Sequence[Event]) -> Value:
            return aggregated(events, [each.value for each in arguments])

        names = frozenset().union(*(each.names for each in arguments))
        return Expression(of, names=names, is_aggregate=True)

    def _count(self, token: Token, arguments: list[Expression], least: int, most: int) -> None:
        if not least <= len(arguments) <= most:
            message = f"wrong number of arguments of {token.text}"
            raise MalformedQueryError(message, token.start)

    def _period(self) -> int:
        token = self.next
        match = _PERIOD.fullmatch(token.text) if token.kind == "period" else None
        if match is None or int(match[1]) == 0:
            raise self.unexpected()
        self.take()
        return int(match[1]) * _MILLISECONDS[match[2]]


def compiled(token: Token) -> re.Pattern[str]:
    """Compile a regular expression of a query."""
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", token.text))
    except re.error as error:
        message = f"the regular expression is not supported: {error}"
        raise MalformedQueryError(message, token.start) from error


def _number(written: str) -> float | int:
    return float(written) if "." in written else int(written)
