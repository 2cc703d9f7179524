"""What each state of an execution took, from its history."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

EXECUTION = "whole execution"


def seconds_by_state(history: Iterable[dict[str, Any]]) -> dict[str, float]:
    """Return the seconds between entering and leaving each task, and those of the whole execution.

    Args:
        history: the events of GetExecutionHistory, in order.

    Returns:
        The states in the order in which they were entered, then `EXECUTION`.
    """
    took: dict[str, float] = defaultdict(float)
    entered, first, last = {}, None, None
    for event in history:
        at = event["timestamp"]
        first, last = first or at, at
        if event["type"] == "TaskStateEntered":
            name = event["stateEnteredEventDetails"]["name"]
            entered[name] = at
            took[name] += 0.0
        elif event["type"] == "TaskStateExited":
            name = event["stateExitedEventDetails"]["name"]
            took[name] += (at - entered.pop(name, at)).total_seconds()
    if first is not None and last is not None:
        took[EXECUTION] = (last - first).total_seconds()
    return dict(took)


def in_order(rows: Iterable[Iterable[str]]) -> list[str]:
    """Merge lists of names into one, each name after the one that it follows in its list."""
    merged: list[str] = []
    for row in rows:
        at = 0
        for name in row:
            if name not in merged:
                merged.insert(at, name)
            at = merged.index(name) + 1
    return merged
