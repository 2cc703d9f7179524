"""Values of fields: text and numbers as a query compares, orders and shows them.

A field that an event lacks is None, and so is what is computed from it; a comparison with it does
not hold.
"""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Value = str | float | int | None


class Moment(int):
    """Milliseconds since 1970, which are shown as a time."""


def number(value: Value) -> float | None:
    """Return a value as a number, or None."""
    if value is None or isinstance(value, int | float):
        return value
    with suppress(ValueError):
        found = float(value)
        if math.isfinite(found):
            return found
    return None


def text(value: Value) -> str:
    """Write a value as a query shows it."""
    if isinstance(value, Moment):
        return moment_text(value)
    if isinstance(value, float):
        # What AWS shows has four decimals at most.
        rounded = round(value, 4)
        return str(int(rounded)) if rounded == int(rounded) else str(rounded)
    return "" if value is None else str(value)


def moment_text(milliseconds: int) -> str:
    """Write a time as Logs Insights does."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{milliseconds % 1000:03d}"


def compared(left: Value, right: Value, holds: Callable[[Any, Any], bool]) -> bool:
    """Compare two values: as numbers if both are, otherwise as text."""
    if left is None or right is None:
        return False
    numbers = number(left), number(right)
    if None not in numbers:
        return holds(*numbers)
    return holds(text(left), text(right))


def order(value: Value) -> tuple[int, float, str]:
    """Return what a value is ordered by: numbers, then text."""
    found = number(value)
    if found is not None:
        return (0, found, "")
    return (1, 0.0, text(value))
