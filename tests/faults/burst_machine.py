"""The state machine as the model of a burst reads it: its own Retry, Catch and Choice rules."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

_ANY = "States.ALL"
# docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_DEFAULT_INTERVAL, _DEFAULT_RATE, _DEFAULT_ATTEMPTS = 1, 2.0, 3
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": operator.eq,
    "NumericEquals": operator.eq,
    "BooleanEquals": operator.eq,
    "IsPresent": lambda known, expected: (known is not None) == expected,
}


@dataclass(frozen=True)
class Retrier:
    """One rule of a Retry."""

    errors: frozenset[str]
    interval: float
    rate: float
    longest: float
    attempts: int
    jitter: bool

    @classmethod
    def of(cls, rule: Mapping[str, Any]) -> Retrier:
        """Read a rule."""
        return cls(
            frozenset(rule["ErrorEquals"]),
            rule.get("IntervalSeconds", _DEFAULT_INTERVAL),
            rule.get("BackoffRate", _DEFAULT_RATE),
            rule.get("MaxDelaySeconds", float("inf")),
            rule.get("MaxAttempts", _DEFAULT_ATTEMPTS),
            rule.get("JitterStrategy") == "FULL",
        )

    def delay(self, retries: int, randomness: random.Random) -> float:
        """Return the seconds before a retry, given the number of those before it."""
        growth: float = self.rate ** min(retries, 300)  # beyond any longest delay
        longest = min(self.interval * growth, self.longest)
        return randomness.uniform(0, longest) if self.jitter else longest


def retriers(state: Mapping[str, Any]) -> list[Retrier]:
    """Return the rules of a state, in their order."""
    return [Retrier.of(rule) for rule in state.get("Retry", [])]


def catcher(state: Mapping[str, Any], error: str) -> str | None:
    """Return the state to which an error leads, or None if nothing catches it."""
    for rule in state.get("Catch", []):
        if matches(rule["ErrorEquals"], error):
            return str(rule["Next"])
    return None


def matches(names: Any, error: str) -> bool:
    """Return whether a rule for these names applies to an error."""
    return error in names or _ANY in names


def chosen(state: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    """Return the state to which a Choice leads.

    Args:
        state: the Choice.
        known: values by path; any other path is absent.
    """
    for rule in state["Choices"]:
        if _holds(rule, known):
            return str(rule["Next"])
    return str(state["Default"])


def _holds(rule: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    if "Or" in rule:
        return any(_holds(part, known) for part in rule["Or"])
    if "And" in rule:
        return all(_holds(part, known) for part in rule["And"])
    if "Not" in rule:
        return not _holds(rule["Not"], known)
    (comparison,) = set(rule) & set(_COMPARISONS)
    return bool(_COMPARISONS[comparison](known.get(rule["Variable"]), rule[comparison]))
