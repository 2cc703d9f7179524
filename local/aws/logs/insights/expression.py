"""What an expression of a query computes, and how expressions are joined."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.aws.logs.insights.values import Value, number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Event = Mapping[str, Value]
    Of = Callable[[Sequence[Event]], Value]


@dataclass(frozen=True)
class Expression:
    """What is computed from a group of events; alone, an event is a group of one.

    `source` is the expression as written, `names` are the fields that it reads.
    """

    of: Of
    source: str = ""
    names: frozenset[str] = frozenset()
    is_aggregate: bool = False

    def value(self, event: Event) -> Value:
        """Return its value for an event."""
        return self.of([event])

    def holds(self, event: Event) -> bool:
        """Whether it is true for an event."""
        return truth(self.value(event))


def constant(value: Value) -> Expression:
    """Build the expression of a value."""
    return Expression(lambda _events: value)


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    return value not in (None, 0, "", "0")


def applied(arguments: Sequence[Expression], compute: Callable[..., Any]) -> Expression:
    """Build the expression that applies a function to values."""

    def of(events: Sequence[Event]) -> Value:
        found = compute(*(each.of(events) for each in arguments))
        return int(found) if isinstance(found, bool) else found

    names = frozenset().union(*(each.names for each in arguments))
    return Expression(of, "", names, any(each.is_aggregate for each in arguments))


def joined(one: Expression, other: Expression, compute: Callable[[Any, Any], Any]) -> Expression:
    """Build the expression that joins two by an operator."""
    return applied([one, other], compute)


def arithmetic(sign: str) -> Callable[[Value, Value], Value]:
    """Return the function of an arithmetic operator; None for what is no number."""
    compute: Callable[[float, float], float] = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "%": operator.mod,
        "^": operator.pow,
    }[sign]

    def of(left: Value, right: Value) -> Value:
        numbers = number(left), number(right)
        if numbers[0] is None or numbers[1] is None:
            return None
        try:
            found = compute(numbers[0], numbers[1])
        except (ZeroDivisionError, OverflowError):
            return None
        return found if isinstance(found, int | float) else None

    return of
