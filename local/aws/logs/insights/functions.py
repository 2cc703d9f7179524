"""Functions of a single event, by name: least and most arguments, and what computes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from local.aws.logs.insights.values import Moment, Value, number, text

if TYPE_CHECKING:
    from collections.abc import Callable


def bin_of(moment: Value, period: int) -> Value:
    """Round a time down to a multiple of a period; both in milliseconds."""
    found = number(moment)
    return None if found is None else Moment(int(found // period) * period)


def _of_text(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Apply to text; None to what lacks an argument."""

    def of(*values: Value) -> Any:
        return None if None in values else compute(*map(text, values))

    return of


def _of_numbers(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Apply to numbers; None to what is none."""

    def of(*values: Value) -> Any:
        numbers = [number(each) for each in values]
        if None in numbers:
            return None
        try:
            return compute(*numbers)
        except (ValueError, OverflowError):
            return None

    return of


def _substring(value: Value, start: Value, length: Value = None) -> Value:
    first, count = number(start), number(length)
    if value is None or first is None:
        return None
    end = None if count is None else int(first) + int(count)
    return text(value)[int(first) : end]


def _moment(value: Value) -> Value:
    found = number(value)
    return None if found is None else Moment(int(found))


def _milliseconds(value: Value) -> Value:
    found = number(value)
    return None if found is None else int(found)


_ANY = 100

FUNCTIONS: dict[str, tuple[int, int, Callable[..., Any]]] = {
    "ispresent": (1, 1, lambda value: value is not None),
    "isblank": (1, 1, lambda value: not text(value).strip()),
    "isempty": (1, 1, lambda value: text(value) == ""),
    "coalesce": (1, _ANY, lambda *given: next((each for each in given if each is not None), None)),
    "concat": (1, _ANY, _of_text(lambda *given: "".join(given))),
    "strlen": (1, 1, _of_text(len)),
    "toupper": (1, 1, _of_text(str.upper)),
    "tolower": (1, 1, _of_text(str.lower)),
    "trim": (1, 1, _of_text(str.strip)),
    "ltrim": (1, 1, _of_text(str.lstrip)),
    "rtrim": (1, 1, _of_text(str.rstrip)),
    "strcontains": (2, 2, _of_text(lambda whole, part: part in whole)),
    "replace": (3, 3, _of_text(str.replace)),
    "substr": (2, 3, _substring),
    "abs": (1, 1, _of_numbers(abs)),
    "ceil": (1, 1, _of_numbers(math.ceil)),
    "floor": (1, 1, _of_numbers(math.floor)),
    "sqrt": (1, 1, _of_numbers(math.sqrt)),
    "log": (1, 1, _of_numbers(math.log)),
    "greatest": (1, _ANY, _of_numbers(max)),
    "least": (1, _ANY, _of_numbers(min)),
    "frommillis": (1, 1, _moment),
    "tomillis": (1, 1, _milliseconds),
}
