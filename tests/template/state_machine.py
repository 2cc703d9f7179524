"""The states of the state machine, nested ones included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.template.documents import definition


@dataclass(frozen=True)
class State:
    """A state, with the `Catch` of the enclosing Parallel state, if there is one."""

    name: str
    body: dict[str, Any]
    outer_catch: tuple[dict[str, Any], ...] = ()

    @property
    def catch(self) -> list[dict[str, Any]]:
        """Its own rules, then those of the enclosing state: anything else fails the execution."""
        return [*self.body.get("Catch", []), *self.outer_catch]

    @property
    def invoked(self) -> str | None:
        """Logical id of the function that it invokes, if any."""
        arn: str = self.body.get("Parameters", {}).get("FunctionName", "")
        return arn.removeprefix("${").removesuffix("Arn}") or None


def states() -> list[State]:
    """Return all states, in the order of the file."""
    return _states_of(definition(), ())


def tasks() -> list[State]:
    """Return the Task states."""
    return [state for state in states() if state.body["Type"] == "Task"]


def plain(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rules of a Retry or a Catch without their comments."""
    return [{name: value for name, value in rule.items() if name != "Comment"} for rule in rules]


def error_names() -> set[str]:
    """Return every error that a Retry or a Catch names."""
    return {
        name
        for state in states()
        for rule in [*state.body.get("Retry", []), *state.body.get("Catch", [])]
        for name in rule["ErrorEquals"]
    }


def _states_of(machine: Any, outer_catch: tuple[dict[str, Any], ...]) -> list[State]:
    found = []
    for name, body in machine["States"].items():
        found.append(State(name, body, outer_catch))
        for branch in body.get("Branches", []):
            found += _states_of(branch, tuple(body.get("Catch", [])))
    return found
