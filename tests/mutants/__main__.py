"""A run: `python -m tests.mutants --mutants 200 --seed 1 [--only functions/store]`."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from tests.mutants.mutant import Change
from tests.mutants.recording import SuiteFailsError, recording
from tests.mutants.sample import sample
from tests.mutants.score import Outcome, Result, counts, page, reviewed, score
from tests.mutants.scratch import Scratch, scratch_copies
from tests.mutants.validity import is_valid
from tests.mutants.visibility import Visibility

if TYPE_CHECKING:
    from tests.mutants.mutant import Mutant

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = _ROOT / "docs" / "mutants.md"
_REQUIRED = 0.9


def main() -> int:
    """Run a sample of mutants; the exit status says whether the tests kill enough of them."""
    arguments = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    arguments.add_argument("--mutants", default="200", help="how many, or 'all'")
    arguments.add_argument("--seed", type=int, default=1, help="of the sample")
    arguments.add_argument("--only", default="", help="the start of the paths to change")
    arguments.add_argument("--workers", type=int, default=2, help="how many run at a time")
    arguments.add_argument("--minutes", type=float, default=math.inf, help="to start others in")
    arguments.add_argument("--tests", nargs="+", default=["tests"], help="those that may notice")
    options = arguments.parse_args()
    end = time.monotonic() + 60 * options.minutes
    count = None if options.mutants == "all" else int(options.mutants)
    for number in (signal.SIGINT, signal.SIGTERM):  # a background job ignores the first of them
        signal.signal(number, signal.default_int_handler)
    try:
        results = _run(options, count, end)
    except SuiteFailsError as error:
        sys.stderr.write(f"{error}\nThe suite fails without any mutant. Repair it first.\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; docs/mutants.md is as it was.\n")
        return 130
    if not options.only:
        command = f"make mutants MUTANTS={options.mutants} SEED={options.seed}"
        if options.tests != ["tests"]:
            command += f" TESTS='{' '.join(options.tests)}'"
        if options.minutes < math.inf:
            command += f", ended after {options.minutes:g} minutes"
        _PAGE.write_text(page(results, command), encoding="utf-8")
    reached = score(counts(results))
    sys.stdout.write(f"{reached:.1%} of {len(results)} mutants killed\n")
    return 0 if reached >= _REQUIRED else 1


def _run(options: argparse.Namespace, count: int | None, end: float) -> list[Result]:
    with scratch_copies(_ROOT, options.workers + 1) as (copies, processes):
        *workers, first = copies
        recorded = recording(_ROOT, first, options.tests, options.workers)
        visibility = Visibility(first.root, recorded)
        free: SimpleQueue[Scratch] = SimpleQueue()
        for worker in workers:
            free.put(worker)

        def run(mutant: Mutant) -> Result | None:
            worker = free.get()
            try:
                if time.monotonic() > end:
                    return None
                result = _result(mutant, worker, visibility)
            finally:
                free.put(worker)
            sys.stdout.write(f"{result.outcome.value:10} {result.line}\n")
            sys.stdout.flush()
            return result

        with ThreadPoolExecutor(options.workers) as pool:
            try:
                drawn = sample(
                    first.root, count, options.seed, options.only, lambda one: is_valid(one, first)
                )
                drawn = takewhile(lambda _: time.monotonic() < end, drawn)
                results = [done.result() for done in [pool.submit(run, one) for one in drawn]]
            except BaseException:
                processes.stop()
                pool.shutdown(cancel_futures=True)
                raise
            return [result for result in results if result]


def _result(mutant: Mutant, scratch: Scratch, visibility: Visibility) -> Result:
    text = mutant.mutated()
    change = Change.between(mutant.original, text)
    if any(entry.path == mutant.place.path and entry.change == change for entry in reviewed()):
        return Result(mutant, change, Outcome.EQUIVALENT)
    tests = visibility.tests(mutant)
    if not tests:
        return Result(mutant, change, Outcome.SURVIVED)
    with scratch.changed(mutant.place.path, text):
        status, _ = scratch.run_selected(tests, timeout=120 + 5 * visibility.seconds(tests))
    if status is None:
        return Result(mutant, change, Outcome.TIMED_OUT)
    return Result(mutant, change, Outcome.SURVIVED if status == 0 else Outcome.KILLED)


if __name__ == "__main__":
    sys.exit(main())
