"""Every call of a run × every kind of fault × once, twice, for good: what becomes of the upload.

`python -m tests.faults.matrix` tries them all, prints the result, writes docs/faults.md, and fails
if an invariant is violated.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from argparse import ArgumentParser
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
    from tests.faults import page
    from tests.faults.invariants import essence, tried, violations
    from tests.faults.kinds import KINDS
    from tests.faults.trial import FOR_GOOD, Fault, Site, Trial
    from tests.faults.uploads import WORKFLOWS, opened, uploads
    from tests.template.state_machine import tasks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.aws.offline import OfflineAws
    from tests.faults.trial import Left
    from tests.faults.uploads import Type

TIMES = (1, 2, FOR_GOOD)
_TIMES_IN_EXPRESS = (1, FOR_GOOD)
"""Twice as well would take twice as long: another try of the message sees to the second failure."""
_KILLS = {"too slow", "killed before", "killed after"}
_DECODING = {"ConvertFunction", "ThumbnailFunction", "ModerateFunction"}
_EFFECTIVE = {"answer lost", "too slow", "takes effect late"}
"""Kinds of faults that take effect although the caller sees an error."""


@dataclass(frozen=True)
class Case:
    """What is uploaded, what goes wrong on its way, and how uploads are processed."""

    upload: str
    fault: Fault
    workflow: Type = "STANDARD"


@dataclass(frozen=True)
class Result:
    """What became of a case, and the invariants that it violated."""

    case: Case
    outcome: str
    violations: tuple[str, ...]


def sites(aws: OfflineAws, upload: str) -> list[Site]:
    """Return the calls of a run without a fault, in the order of the workflow."""
    trial = Trial(aws, f"uploads/happy/{upload}-{time.time_ns()}")
    left = trial.upload(uploads()[upload])
    assert not violations(left, may_repeat=False)
    # Parallel branches interleave differently in every run.
    return sorted(set(left.calls), key=lambda site: (_step(site), left.calls.index(site)))


def _step(site: Site) -> int:
    """The position in the workflow of the step that makes a call, or that the call invokes."""
    if site.caller == RULE:
        return -2
    if site.caller == "DispatchFunction":
        return -1
    steps = [task.invoked for task in tasks()]
    function = site.target or site.caller
    return steps.index(function) if function in steps else len(steps)


def cases(upload: str, found: Iterable[Site], workflow: Type = "STANDARD") -> list[Case]:
    """Return every possible fault at the calls of an upload."""
    every = _TIMES_IN_EXPRESS if workflow == "EXPRESS" else TIMES
    return [
        Case(upload, Fault(site, kind, times), workflow)
        for site, kind, times in product(found, KINDS, every)
        if KINDS[kind].possible(site.caller, site.operation)
        # For good, one kind of refusal has the same effect as another.
        and (times != FOR_GOOD or kind in {"server error", "takes effect late"})
    ]


def new_sites(found: dict[str, list[Site]]) -> list[tuple[str, list[Site]]]:
    """Return, for each upload, the calls that none of the uploads before it makes."""
    seen: set[Site] = set()
    new = []
    for upload, calls in found.items():
        new.append((upload, [site for site in calls if site not in seen]))
        seen.update(calls)
    return new


def try_out(aws: OfflineAws, case: Case) -> Result:
    """Upload under a fault; redrive without it what has no verdict afterwards."""
    happy = _happy(aws, case.upload)
    trial = Trial(aws, f"uploads/fault/{time.time_ns()}", case.fault)
    left = trial.upload(uploads()[case.upload])
    recovers = case.fault.times != FOR_GOOD and not _is_final(case.fault)
    repeats = _may_repeat(case.fault)
    unrecordable = case.fault.times == FOR_GOOD and "Reject" in str(case.fault.site)
    found = violations(left, may_repeat=repeats, unrecordable=unrecordable)
    if case.workflow == "EXPRESS":
        found += tried(left, unsent=_is_unsent(case.fault))
    outcome = _outcome(left)
    if recovers and outcome != _outcome_of(happy):
        found.append("not retried long enough")
    if left.record.get("status") not in {"approved", "review", "rejected"}:
        again = trial.redrive()
        outcome += f" → {_outcome(again)}"
        last = replace(again, executions=again.executions[-1:])
        found += [f"{again.buried} dead events after the redrive"] if again.buried else []
        found += violations(last, may_repeat=repeats)
        if not found and essence(again) != happy:
            found.append("after the redrive, the result differs from that of a run without faults")
    elif left.is_express and left.buried:
        again = trial.redrive()
        found += [f"{again.buried} dead events after the redrive"] if again.buried else []
        found += violations(again, may_repeat=repeats)
        if essence(again) != happy:
            found.append("the redrive of what was processed has changed it")
    elif outcome == _outcome_of(happy) and essence(left) != happy:
        found.append("the result differs from that of a run without faults")
    return Result(case, outcome, tuple(found))


_HAPPY: dict[tuple[int, str], Any] = {}


def _happy(aws: OfflineAws, upload: str) -> Any:
    """The essence of a run without faults, made once per offline AWS."""
    known = (id(aws), upload)
    if known not in _HAPPY:
        left = Trial(aws, f"uploads/happy/{time.time_ns()}").upload(uploads()[upload])
        _HAPPY[known] = essence(left)
    return _HAPPY[known]


def _may_repeat(fault: Fault) -> bool:
    """Whether an announcement that was made seems to have failed.

    In Express, so does the whole execution if its answer does not arrive.
    """
    if fault.site.operation == "StartSyncExecution":
        return fault.kind in {*_EFFECTIVE, "killed after"}
    if (fault.site.caller, fault.site.operation) == (RULE, "SendMessage"):
        return fault.kind in _EFFECTIVE
    return fault.site.operation == "Publish" and fault.kind in _EFFECTIVE


def _is_unsent(fault: Fault) -> bool:
    """Whether the rule gives up sending the event."""
    return fault.site.caller == RULE and (fault.times == FOR_GOOD or _is_final(fault))


def _is_final(fault: Fault) -> bool:
    """Whether nothing is retried after a fault.

    EventBridge does not retry a refusal of its rule. A step that decodes is run twice at most, if
    it is killed.
    """
    if fault.site.caller == RULE:
        return fault.kind == "access denied"
    return fault.kind in _KILLS and fault.times > 1 and fault.site.caller in _DECODING


def _outcome(left: Left) -> str:
    if not left.executions and left.buried:
        return "dead-letter queue"
    return _outcome_of(left.record)


def _outcome_of(record: Any) -> str:
    return " ".join(filter(None, (record.get("status"), record.get("reason"))))


_OPEN = ExitStack()  # until the process ends


@cache
def _own_aws(workflow: Type) -> OfflineAws:
    """The offline AWS of this worker process."""
    logging.disable(logging.CRITICAL)
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    return _OPEN.enter_context(opened(workflow=workflow))


def _try_out_in_worker(case: Case) -> Result:
    try:
        return try_out(_own_aws(case.workflow), case)
    except AssertionError as error:
        return Result(case, "still running", (str(error),))


def _sites_in_worker(upload: str, workflow: Type) -> list[Site]:
    return sites(_own_aws(workflow), upload)


def _results(workflow: Type, every: int) -> list[Result]:
    """Try each n-th case, in processes of their own: each can open one offline AWS."""
    with ProcessPoolExecutor(max_workers=2) as pool:
        found = {name: pool.submit(_sites_in_worker, name, workflow).result() for name in uploads()}
        wanted = [
            case for upload, calls in new_sites(found) for case in cases(upload, calls, workflow)
        ]
        return list(pool.map(_try_out_in_worker, wanted[::every], chunksize=8))


def main(arguments: list[str]) -> int:
    """Try the cases; return 1 if an invariant is violated. The page takes all of them."""
    parser = ArgumentParser()
    parser.add_argument("--express-every", type=int, default=1, help="each n-th case of Express")
    given = parser.parse_args(arguments)
    start = time.monotonic()
    strides = {"STANDARD": 1, "EXPRESS": given.express_every}
    results = [each for workflow in WORKFLOWS for each in _results(workflow, strides[workflow])]
    bad = [each for each in results if each.violations]
    lines = [str(each) for each in bad]
    if given.express_every == 1:
        text = page.written(results)
        page.PATH.write_text(text, encoding="utf-8")
        lines.insert(0, text)
    seconds = time.monotonic() - start
    lines.append(f"{len(results)} faults, {len(bad)} violations, {seconds:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    with isolated():
        sys.exit(main(sys.argv[1:]))
