"""Keeps the fields of a Distributed Map that moto's grammar refuses, and attaches them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ATTRIBUTE = "local_fields"


@dataclass(frozen=True)
class Fields:
    """The fields of one state: its label, `ItemBatcher`, `ReaderConfig` and type of children."""

    name: str
    execution_type: str
    batcher: dict[str, Any] = field(default_factory=dict)
    reader: dict[str, Any] = field(default_factory=dict)


def understanding(genuine: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a parser that reads these fields, too."""

    def parse(definition: str) -> Any:
        try:
            machine = json.loads(definition)
        except ValueError:
            return genuine(definition)
        found = [(name, state) for name, state in _states(machine) if _is_distributed(state)]
        if not found:
            return genuine(definition)
        taken = {name: _taken(name, state) for name, state in found}
        program, tree = genuine(json.dumps(machine))
        for name, fields in taken.items():
            state = program.states.states[name]
            setattr(state.iteration_component, ATTRIBUTE, (fields, state))
        return program, tree

    return parse


def _states(machine: Any) -> Iterator[tuple[str, Any]]:
    yield from machine.get("States", {}).items()


def _is_distributed(state: Any) -> bool:
    processor = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    return bool(processor.get("Mode") == "DISTRIBUTED")


def _taken(name: str, state: Any) -> Fields:
    """Take the fields out of a state."""
    processor = state["ItemProcessor"]["ProcessorConfig"]
    reader = state.get("ItemReader", {}).pop("ReaderConfig", {})
    kind = processor.get("ExecutionType", "STANDARD")
    processor["ExecutionType"] = "STANDARD"  # the only one that the grammar knows
    return Fields(name, kind, state.pop("ItemBatcher", {}), reader)
