"""The result of a run, and the page that publishes it."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.mutants.mutant import AREAS, Change, Mutant

_EQUIVALENT = Path(__file__).with_name("equivalent.toml")


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


@dataclass(frozen=True)
class Result:
    """A mutant, the change that it is, and its outcome."""

    mutant: Mutant
    change: Change
    outcome: Outcome

    @property
    def line(self) -> str:
        """One line that says what was changed where."""
        place = self.mutant.place
        return f"{place.path}:{place.line}: {self.change.before} → {self.change.after or '(gone)'}"


@dataclass(frozen=True)
class Equivalent:
    """A reviewed mutant that behaves as the original does, so that no test can kill it."""

    path: str
    change: Change
    reason: str


def reviewed() -> list[Equivalent]:
    """Read equivalent.toml."""
    entries = tomllib.loads(_EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return [
        Equivalent(entry["path"], Change(entry["before"], entry["after"]), entry["reason"])
        for entry in entries
    ]


def counts(results: list[Result], area: str | None = None) -> Counter[Outcome]:
    """Count the outcomes, of one area or of all."""
    return Counter(
        result.outcome for result in results if area is None or result.mutant.area == area
    )


def score(counted: Counter[Outcome]) -> float:
    """Return the share of the mutants that are not equivalent which the tests kill."""
    killed = counted[Outcome.KILLED] + counted[Outcome.TIMED_OUT]
    total = killed + counted[Outcome.SURVIVED]
    return killed / total if total else 1.0


def page(results: list[Result], command: str) -> str:
    """Write docs/mutants.md."""
    rows = []
    for area in (*AREAS, None):
        counted = counts(results, area)
        rows.append(
            f"| {area or '**all**'} | {counted.total()} "
            f"| {counted[Outcome.KILLED]} | {counted[Outcome.TIMED_OUT]} "
            f"| {counted[Outcome.EQUIVALENT]} | {counted[Outcome.SURVIVED]} "
            f"| {score(counted):.1%} |"
        )
    survivors = sorted(result.line for result in results if result.outcome is Outcome.SURVIVED)
    equivalent = sorted(
        (entry.path, _code(entry.change.before), _code(entry.change.after), entry.reason)
        for entry in reviewed()
    )
    return _PAGE.format(
        command=command,
        rows="\n".join(rows),
        survivors="\n".join(f"- {_code(line)}" for line in survivors) or "None.",
        equivalent="\n".join(f"| {' | '.join(entry)} |" for entry in equivalent),
    )


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{text.replace('|', chr(92) + '|')}{fence}" if text else "(gone)"


_PAGE = """\
# Mutation score

<!-- Written by `make mutants`; edit tests/mutants/score.py instead. -->

A mutant is the project with one small change that makes it wrong: a number is different, a
condition is negated, an argument, a permission or a rule of a Catch is gone. A test suite that
still passes would not notice this mistake. The score is the share of the mutants that the suite
notices ("kills").

| area | mutants | killed | timed out | equivalent | survived | score |
|---|---:|---:|---:|---:|---:|---:|
{rows}

`{command}` wrote this page. The score counts a mutant that runs into the time limit as killed, and
leaves out equivalent ones.

## How it works

- Python is changed by the operators of [mutmut](https://github.com/boxed/mutmut), and by a few more
  (negated conditions, dropped statements, results replaced by `None`), at every level of a module:
  tables and constants too. Decimal numbers from 1,000 are multiplied and divided by ten instead of
  incremented: no test should care whether a limit is 50,000 or 50,001. Text for people, types and
  decorators are left alone.
- `template.yaml` and the state machine have their own operators: a number doubled or halved, a
  value of an enumeration swapped, a boolean flipped, an item or a property dropped, a text changed,
  a reference to another resource of the same type, another next state, path or comparison. A mutant
  that cfn-lint, SAM or statelint refuses is not counted.
- The sample takes 3 of 10 mutants from the functions, 3 from the layers, 2 from the template, and 2
  from the state machine. Each line is drawn at most once, then an operator, then one of its
  mutants.
- One run of the suite records which tests execute which line. Each mutant is made in a copy of the
  project, and only the tests that can notice it run, quick ones first, until one fails or 30
  seconds of processor time are used up. For the template and the state machine, all of
  `tests/template` run. Tests of the built artifacts (`tests/build`), those that start the command
  line as a process, and those that only `make slow`, `make faults` and `make emulate` run do not
  count.

`make mutants MUTANTS=300 SEED=1` runs a larger sample and `MUTANTS=all` every mutant, which takes
more than a day. `ONLY=functions/store` takes them from some files and does not write this page.
`TESTS="tests/unit tests/template"` uses a part of the tests, so that the recording takes less time;
the score can only be lower.

## Survivors

{survivors}

## Equivalent mutants

Reviewed by hand, in `tests/mutants/equivalent.toml`: the behavior is the same, so no test can
notice them.

| file | before | after | reason |
|---|---|---|---|
{equivalent}
"""
