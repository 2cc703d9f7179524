"""What the most expensive uploads cost, from measured CPU, template and state machine.

CPU is that of docs/memory_size.json and docs/limits.json, prices are list prices in us-east-1.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.memory_demand import Demand
from local.manifest import ROOT, functions, state_machine
from tests.docs.tables import table
from tests.faults.burst import deployed_memory
from tests.faults.burst_account import Limits, Work, work
from tests.faults.burst_machine import retriers
from tests.faults.burst_model import Kind, modeled
from tests.faults.burst_report import (
    DOLLARS_PER_GB_SECOND,
    DOLLARS_PER_INVOCATION,
    DOLLARS_PER_PICTURE_JUDGED,
    DOLLARS_PER_TRANSITION,
)
from tests.template.documents import written

if TYPE_CHECKING:
    from collections.abc import Mapping

# 5 puts or more, 2 listings, reads of 50 MiB in parts by three functions, writes of the record,
# log lines, one event and one message: docs/performance.md.
_DOLLARS_FOR_THE_REST = 0.0001
_KILL = "Sandbox.Timedout"
_HEAD = ("upload", "states", "Rekognition", "functions", "Step Functions", "together, USD")


@dataclass(frozen=True)
class Upload:
    """An upload as the table shows it: what it takes in all."""

    name: str
    transitions: int
    answers: int
    dollars_for_functions: float

    def row(self) -> tuple[str, ...]:
        """Format it with its prices."""
        judged = self.answers * DOLLARS_PER_PICTURE_JUDGED
        states = self.transitions * DOLLARS_PER_TRANSITION
        total = judged + states + self.dollars_for_functions + _DOLLARS_FOR_THE_REST
        prices = (f"{price:.4f}" for price in (judged, self.dollars_for_functions, states, total))
        return (self.name, str(self.transitions), *prices)


def expenses() -> str:
    """Return the table of the most expensive uploads."""
    largest = _largest()
    typical = {name: Work(each.warm, each.warm) for name, each in work(deployed_memory()).items()}
    rows = [
        _upload("photo of 12 megapixels, judged in place", Kind(), typical),
        _upload("largest picture that is not converted, on one sheet", Kind(), largest),
        _upload("the same on two sheets: animated, transparent or long", Kind(sheets=2), largest),
        _upload("largest HEIC or RAW, on two sheets", Kind("HEIF", sheets=2), largest),
        _killed("the same if each step that decodes is stopped at its Timeout and runs again"),
    ]
    return table(_HEAD, [row.row() for row in rows])


def _largest() -> dict[str, Work]:
    """Return the duration of cold calls with the largest accepted pictures."""
    measured = json.loads((ROOT / "docs" / "memory_size.json").read_text())
    memory = deployed_memory()
    demands = {name: Demand(**row["demand"]) for name, row in measured.items()}
    seconds = {name: demand.longest_seconds(memory[name]) for name, demand in demands.items()}
    return {name: Work(longest, longest) for name, longest in seconds.items()}


def _upload(name: str, kind: Kind, durations: Mapping[str, Work]) -> Upload:
    tally = modeled({"": kind}, Limits(), durations).tally
    memory = deployed_memory()
    gigabyte_seconds = sum(
        seconds * memory[function] / 1024 for function, seconds in tally.seconds.items()
    )
    dollars = gigabyte_seconds * DOLLARS_PER_GB_SECOND
    dollars += tally.invocations.total() * DOLLARS_PER_INVOCATION
    return Upload(name, tally.transitions.total(), tally.answers.total(), dollars)


def _killed(name: str) -> Upload:
    """Add, to the largest upload, the attempts that are killed before the last one.

    The answer of Rekognition that a killed attempt of moderation had asked for is lost with it.
    """
    upload = _upload(name, Kind("HEIF", sheets=2), _largest())
    transitions, gigabyte_seconds = upload.transitions, 0.0
    for function, attempts in _killable().items():
        properties = written()["Resources"][function]["Properties"]
        gigabyte_seconds += attempts * properties["Timeout"] * properties["MemorySize"] / 1024
        transitions += attempts
    dollars = upload.dollars_for_functions + gigabyte_seconds * DOLLARS_PER_GB_SECOND
    return Upload(name, transitions, upload.answers + _killable()["ModerateFunction"], dollars)


def _killable() -> dict[str, int]:
    """Return how often each function that decodes is run again after a kill."""
    found = {}
    for function, each in functions().items():
        for state in each.states:
            for rule in retriers(_states()[state]):
                if _KILL in rule.errors:
                    found[function] = rule.attempts
    return found


def _states() -> dict[str, dict[str, object]]:
    found = dict(state_machine()["States"])
    for state in state_machine()["States"].values():
        for branch in state.get("Branches", []):
            found |= branch["States"]
    return found
