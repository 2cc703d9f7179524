"""docs/chaos.json, the recorded runs of the random driver, and what docs/faults.md says of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.chaos.run import Result

_DOCS = Path(__file__).resolve().parents[3] / "docs"
RECORDED, PAGE = _DOCS / "chaos.json", _DOCS / "faults.md"
TITLE = "## Everything at once\n"
_TEXT = """
Written by `make chaos RECORD=yes`. A random driver uploads, overwrites, copies, deletes, undeletes,
archives and restores an object, suspends versioning, delivers the events in any order, late, twice
or never, starts sweeps that overlap, stops executions, starts them again by hand and reruns images.
Meanwhile any call fails in any of the ways above. In this process, a seed also decides which
execution runs on at each call, so that a run can be repeated; with real processes, it decides only
what happens.

Then the faults end, every event is delivered, and sweeps run until nothing changes. These
invariants hold:

- The record is of the version that the bucket holds now. If it holds none, the record says
  `deleted`, or there is none.
- No record is in `processing`. Exactly the renditions that the record names exist, those of
  `last_approved` included.
- Nothing is approved, or shown as last approved, without an answer of Rekognition for that version.
- No upload is rejected, or tagged for expiry, for a fault of the infrastructure. The owner's tags
  stay. (A function that is killed for the second time after it has noted that decoding begins, and
  before it has noted the end, looks like one that decodes too large a picture: `too_expensive`,
  which is never tagged and can be judged again.)
- A version has one outcome, unless somebody asks for another judgement. What the record says was
  announced, unless the execution was stopped.
- The API shows renditions of approved versions only, and their URLs work.

| functions run | seeds | actions | faults | executions | seeds with a broken invariant |
|---|---|---|---|---|---|
"""
_MODES = {"in-process": "in one process, one call at a time", "processes": "in processes"}


@dataclass(frozen=True)
class Total:
    """What the runs of a mode amount to."""

    mode: str
    seeds: int
    actions: int
    faults: int
    executions: int
    broken: int

    @classmethod
    def of(cls, mode: str, results: Iterable[Result]) -> Total:
        """Add up some results."""
        known = list(results)
        return cls(
            mode,
            len(known),
            sum(each.actions for each in known),
            sum(each.faults for each in known),
            sum(each.executions for each in known),
            sum(bool(each.violations) for each in known),
        )

    def and_also(self, other: Total) -> Total:
        """Add another total of the same mode."""
        numbers = {
            name: number + getattr(other, name)
            for name, number in asdict(self).items()
            if name != "mode"
        }
        return Total(self.mode, **numbers)


def record(total: Total) -> None:
    """Add a run to the recorded ones, and say so on the page."""
    known = recorded()
    before = known.get(total.mode)
    known[total.mode] = before.and_also(total) if before else total
    text = json.dumps([asdict(each) for _, each in sorted(known.items())], indent=2)
    RECORDED.write_text(text + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8").partition(TITLE)[0]
    PAGE.write_text(page + section(), encoding="utf-8")


def recorded() -> dict[str, Total]:
    """Return what was recorded, by mode."""
    if not RECORDED.exists():
        return {}
    totals = [Total(**each) for each in json.loads(RECORDED.read_text(encoding="utf-8"))]
    return {each.mode: each for each in totals}


def section() -> str:
    """Write the section of the page about the random driver."""
    rows = [
        f"| {_MODES[mode]} | {total.seeds:,} | {total.actions:,} | {total.faults:,} "
        f"| {total.executions:,} | {total.broken:,} |\n"
        for mode, total in sorted(recorded().items())
    ]
    return TITLE + _TEXT + "".join(rows)
