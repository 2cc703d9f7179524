"""Aggregate functions: of a group of events and, for each, the value of the arguments."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from local.aws.logs.insights.values import Moment, Value, number, order, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Event = Mapping[str, Value]
    Arguments = Sequence[Callable[[Event], Value]]
    Aggregate = Callable[[Sequence[Event], Arguments], Value]


def percentile(rank: float) -> Aggregate:
    """Return the function that finds a percentile, by the nearest rank."""

    def of(events: Sequence[Event], arguments: Arguments) -> Value:
        numbers = sorted(_numbers(events, arguments))
        if not numbers:
            return None
        return numbers[max(0, math.ceil(rank / 100 * len(numbers)) - 1)]

    return of


def _values(events: Sequence[Event], arguments: Arguments) -> list[Value]:
    found = (arguments[0](event) for event in events)
    return [each for each in found if each is not None]


def _numbers(events: Sequence[Event], arguments: Arguments) -> list[float]:
    found = (number(each) for each in _values(events, arguments))
    return [each for each in found if each is not None]


def _of_numbers(compute: Callable[[list[float]], float]) -> Aggregate:
    def of(events: Sequence[Event], arguments: Arguments) -> Value:
        numbers = _numbers(events, arguments)
        return compute(numbers) if numbers else None

    return of


def _of_values(compute: Callable[[list[Value]], Value]) -> Aggregate:
    def of(events: Sequence[Event], arguments: Arguments) -> Value:
        values = _values(events, arguments)
        return compute(values) if values else None

    return of


def _count(events: Sequence[Event], arguments: Arguments) -> Value:
    return len(_values(events, arguments)) if arguments else len(events)


def _distinct(events: Sequence[Event], arguments: Arguments) -> Value:
    return len({text(each) for each in _values(events, arguments)})


def _at(choose: Any) -> Aggregate:
    """Return the function that takes the value of the first or the last event by time."""

    def of(events: Sequence[Event], arguments: Arguments) -> Value:
        present = [event for event in events if arguments[0](event) is not None]
        if not present:
            return None
        return arguments[0](choose(present, key=lambda event: number(event["@timestamp"])))

    return of


def _extreme(choose: Any) -> Aggregate:
    def of(values: list[Value]) -> Value:
        found: Value = choose(values, key=order)
        return found if isinstance(found, Moment) or number(found) is None else number(found)

    return _of_values(of)


AGGREGATES: dict[str, Aggregate] = {
    "count": _count,
    "count_distinct": _distinct,
    "sum": _of_numbers(sum),
    "avg": _of_numbers(statistics.fmean),
    "median": _of_numbers(statistics.median),
    "stddev": _of_numbers(statistics.pstdev),
    "min": _extreme(min),
    "max": _extreme(max),
    "earliest": _at(min),
    "latest": _at(max),
    "sortsfirst": _of_values(lambda values: min(values, key=order)),
    "sortslast": _of_values(lambda values: max(values, key=order)),
}
