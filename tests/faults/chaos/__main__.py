"""`python -m tests.faults.chaos --seeds 100`: runs the random driver, and shows what fails.

A seed always does the same: `--seed 17 --log` shows it again, and `--without 3,5` leaves out some
of its actions, to find those that matter. Set PYTHONHASHSEED for that, as `make chaos` does.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.faults.chaos import processes, report
    from tests.faults.chaos.interleaving import import_functions
    from tests.faults.chaos.run import Result, run
    from tests.faults.uploads import opened

if TYPE_CHECKING:
    from collections.abc import Collection

    from local.aws.offline import OfflineAws

_OPEN = ExitStack()  # until the process ends


@cache
def _own_aws(mode: str) -> OfflineAws:
    """The offline AWS of this worker process."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
    aws = _OPEN.enter_context(opened("processes" if mode == "processes" else "in-process"))
    if mode == "in-process":
        import_functions(aws)
    return aws


def run_in_worker(seed: int, *, mode: str, without: Collection[int]) -> Result:
    """Run a seed; an error of the driver is a violation."""
    try:
        if mode == "processes":
            return processes.run(_own_aws(mode), seed)
        return run(_own_aws(mode), seed, without)
    except Exception as error:  # noqa: BLE001 - reported with the seed
        return Result(seed, (f"{type(error).__name__}: {error}",), (), "error")


def main(arguments: list[str]) -> int:
    """Run seeds; return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--without", default="", metavar="3,5")
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--mode", choices=["in-process", "processes"], default="in-process")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--record", action="store_true")
    given = parser.parse_args(arguments)
    seeds = [given.seed] if given.seed else range(given.first, given.first + given.seeds)
    without = {int(number) for number in given.without.split(",") if number}
    start, results = time.monotonic(), []
    work = partial(run_in_worker, mode=given.mode, without=without)
    with ProcessPoolExecutor(max_workers=min(given.workers, len(seeds))) as pool:
        for result in pool.map(work, seeds):
            results.append(result)
            if given.log or result.violations:
                lines = [f"seed {result.seed}: {result.outcome}", *result.log]
                lines += [f"BROKEN: {each}" for each in result.violations]
                sys.stdout.write("\n".join(lines) + "\n\n")
                sys.stdout.flush()
    total = report.Total.of(given.mode, results)
    if given.record:
        report.record(total)
    sys.stdout.write(
        f"{total.seeds} seeds, {total.actions} actions, {total.faults} faults, "
        f"{total.executions} executions, {total.broken} seeds with broken invariants, "
        f"{time.monotonic() - start:.0f} s\n"
    )
    return 1 if total.broken else 0


if __name__ == "__main__":
    with isolated():
        sys.exit(main(sys.argv[1:]))
