"""Scales of graphs: which values the axes name, and how they are written."""

from __future__ import annotations

import math
from datetime import UTC, datetime

_STEPS = (1, 2, 2.5, 5, 10)
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_TIME_STEPS = (
    *(_MINUTE * each for each in (1, 2, 5, 10, 15, 30)),
    *(_HOUR * each for each in (1, 2, 3, 6, 12)),
    *(_DAY * each for each in (1, 2, 7)),
)


def values(most: float, count: int = 4) -> list[float]:
    """Return the values of a vertical axis, from zero to at least the largest value."""
    if most <= 0:
        return [0.0, 1.0]
    rough = most / count
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(each * magnitude for each in _STEPS if each * magnitude >= rough * (1 - 1e-9))
    return [step * number for number in range(math.ceil(most / step - 1e-9) + 1)]


def written(value: float) -> str:
    """Write a value in at most five characters or so."""
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = value / (1e3 if letter == "k" else limit)
            return f"{scaled:.4g}{letter}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.4g}"


def times(start: int, end: int, most: int = 5) -> list[tuple[int, str]]:
    """Return the times of a horizontal axis, and how each is written, in UTC."""
    span = end - start
    step = next((each for each in _TIME_STEPS if span / each <= most), _TIME_STEPS[-1])
    form = "%d %b" if step >= _DAY else "%H:%M"
    first = math.ceil(start / step) * step
    return [(at, datetime.fromtimestamp(at, UTC).strftime(form)) for at in range(first, end, step)]
