"""Every call of a run × every way to go wrong × once, twice, for good: what became of the upload.

`python -m tests.faults.matrix` runs it all, prints it, writes docs/faults.md and fails on a hole.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.calls import RULE
    from tests.faults.invariants import essence, holes
    from tests.faults.kinds import KINDS
    from tests.faults.uploads import FOR_GOOD, Fault, Site, Trial, opened, pictures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.aws.offline import OfflineAws
    from tests.faults.uploads import Left

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
TIMES = {1: "once", 2: "twice", FOR_GOOD: "for good"}


@dataclass(frozen=True)
class Case:
    """A picture, and what goes wrong on its way."""

    picture: str
    fault: Fault


@dataclass(frozen=True)
class Result:
    """What became of it; no holes is well."""

    case: Case
    outcome: str
    holes: tuple[str, ...]


def sites(aws: OfflineAws, picture: str) -> list[Site]:
    """The calls of a run in which nothing goes wrong."""
    trial = Trial(aws, f"uploads/happy/{picture}-{time.time_ns()}")
    left = trial.upload(pictures()[picture])
    assert not holes(left, may_repeat=False)
    return sorted(set(left.calls), key=left.calls.index)


def cases(picture: str, found: Iterable[Site]) -> list[Case]:
    """All of the matrix."""
    return [
        Case(picture, Fault(site, kind, times))
        for site, kind, times in product(found, KINDS, TIMES)
        if KINDS[kind].possible(site.caller, site.operation)
        # For good, one refusal is like another.
        and (times != FOR_GOOD or kind in {"server error", "takes effect late"})
    ]


def new_sites(found: dict[str, list[Site]]) -> list[tuple[str, list[Site]]]:
    """For each picture the calls that none before it makes."""
    seen: set[Site] = set()
    new = []
    for picture, calls in found.items():
        new.append((picture, [site for site in calls if site not in seen]))
        seen.update(calls)
    return new


def try_out(aws: OfflineAws, case: Case) -> Result:
    """One upload under one fault; whatever it did not get through, it has to after a redrive."""
    happy = _happy(aws, case.picture)
    trial = Trial(aws, f"uploads/fault/{time.time_ns()}", case.fault)
    left = trial.upload(pictures()[case.picture])
    recovers = case.fault.times != FOR_GOOD and not _is_final(case.fault)
    repeats = case.fault.site.operation == "Publish" and case.fault.kind in _UNHEARD
    broken = case.fault.times == FOR_GOOD and "Reject" in str(case.fault.site)
    found = holes(left, may_repeat=repeats, unrecordable=broken)
    outcome = _outcome(left)
    if recovers and outcome != _outcome_of(happy):
        found.append("not retried long enough")
    if left.record.get("status") not in {"approved", "review", "rejected"}:
        again = trial.redrive()
        outcome += f" → {_outcome(again)}"
        found += holes(replace(again, executions=again.executions[-1:]), may_repeat=repeats)
        if not found and essence(again) != happy:
            found.append("redriven, it is not as if nothing had happened")
    elif outcome == _outcome_of(happy) and essence(left) != happy:
        found.append("it is not as if nothing had happened")
    return Result(case, outcome, tuple(found))


_OPEN = ExitStack()  # until the process ends
_KILLS = {"too slow", "killed before", "killed after"}
_UNHEARD = {"answer lost", "too slow", "takes effect late"}
_HAPPY: dict[tuple[int, str], Any] = {}


def _happy(aws: OfflineAws, picture: str) -> Any:
    known = (id(aws), picture)
    if known not in _HAPPY:
        left = Trial(aws, f"uploads/happy/{time.time_ns()}").upload(pictures()[picture])
        _HAPPY[known] = essence(left)
    return _HAPPY[known]


def _is_final(fault: Fault) -> bool:
    """Whether nothing else is tried after it.

    EventBridge takes a refusal of its rule for the last word; a function that is killed twice is
    what the picture does to it.
    """
    if fault.site.caller == RULE:
        return fault.kind == "access denied"
    return fault.kind in _KILLS and fault.times > 1


def _outcome(left: Left) -> str:
    if not left.executions and left.buried:
        return "dead-letter queue"
    return " ".join(filter(None, (left.record.get("status"), left.record.get("reason"))))


def _outcome_of(happy: Any) -> str:
    return " ".join(filter(None, (happy["status"], happy["reason"])))


@cache
def _own_aws() -> OfflineAws:
    logging.disable(logging.CRITICAL)
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
    return _OPEN.enter_context(opened())


def _in_own_process(case: Case) -> Result:
    try:
        return try_out(_own_aws(), case)
    except AssertionError as stuck:
        return Result(case, "still running", (str(stuck),))


def page(results: list[Result]) -> str:
    """The matrix as Markdown: a row per call, a column per kind."""
    lines = [_OPENING]
    for picture in pictures():
        of_picture = [each for each in results if each.case.picture == picture]
        if not of_picture:
            continue
        lines += [f"## {_TITLES[picture]}", "", "| call | " + " | ".join(KINDS) + " |"]
        lines.append("|---" * (len(KINDS) + 1) + "|")
        for site in dict.fromkeys(each.case.fault.site for each in of_picture):
            row = [each for each in of_picture if each.case.fault.site == site]
            lines.append(f"| {site} | " + " | ".join(_cell(row, kind) for kind in KINDS) + " |")
        lines.append("")
    return "\n".join(lines)


_TITLES = {
    "plain": "A JPEG",
    "converted": "A HEIC: what it takes beyond that",
    "refused": "A file that is no picture: likewise",
}
_OPENING = """\
# What becomes of an upload when a call to AWS goes wrong

Written by `make faults`. The calls are those of a recorded run; each goes wrong in each way, once,
twice in a row and, as a server error and as what takes effect late, for good, with retries and
their counts as deployed. A failed call is one that botocore's own attempts did not get
through. *Too slow* and *answer lost* take effect and nobody hears of it: of the first the function
is killed for its time. What *takes effect late* does so after everything else has ended: a function
that Step Functions gave up and that still runs. Of a *body cut short* half arrives.

A cell is what the record said; → what it said after the fault was gone and the upload was started
again, by hand or, where the record still said processing, by the sweep. Every cell also met these:
one terminal record, or a failed execution with a record that says so, or an event in the
dead-letter queue; the record is of the newest version, and exactly the renditions that it names
exist, all of that version; one message per outcome, or the same one again under the same id where
Step Functions could not know that it was sent; no approval without Rekognition's answer; whatever
goes wrong once or twice ends as if it had not, but for two kills and for a refusal of EventBridge;
started again, an upload ends as if nothing had happened.

Two kills in a row of a function mean that the picture is too expensive: Lambda says nothing else
about a picture that takes too much memory.
"""


def _cell(row: list[Result], kind: str) -> str:
    told: dict[str, list[str]] = {}
    for each in row:
        if each.case.fault.kind == kind:
            text = "; ".join((each.outcome, *(f"**{hole}**" for hole in each.holes)))
            told.setdefault(text, []).append(TIMES[each.case.fault.times])
    if len(told) == 1:
        return next(iter(told))
    return "<br>".join(f"{', '.join(times)}: {text}" for text, times in told.items()) or "–"


def main() -> int:
    """Run it all; 1 if there is a hole."""
    start = time.monotonic()
    with ProcessPoolExecutor(max_workers=2) as pool:
        found = {name: pool.submit(_in_own_process_sites, name).result() for name in pictures()}
        wanted = [case for picture, calls in new_sites(found) for case in cases(picture, calls)]
        results = list(pool.map(_in_own_process, wanted, chunksize=8))
    text = page(results)
    PAGE.write_text(text, encoding="utf-8")
    bad = [each for each in results if each.holes]
    lines = [text, *map(str, bad)]
    lines.append(f"{len(results)} faults, {len(bad)} holes, {time.monotonic() - start:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if bad else 0


def _in_own_process_sites(picture: str) -> list[Site]:
    return sites(_own_aws(), picture)


if __name__ == "__main__":
    with isolated():
        sys.exit(main())
