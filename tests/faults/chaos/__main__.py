"""`python -m tests.faults.chaos --seeds 100`: runs the random driver, and shows what fails.

A seed always does the same: `--seed 17 --log` shows it again, and `--without 3,5` leaves out some
of its actions, to find those that matter.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
import warnings
from pathlib import Path

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.faults.chaos import processes
    from tests.faults.chaos.interleaving import import_functions
    from tests.faults.chaos.run import run
    from tests.faults.uploads import opened


def main(arguments: list[str]) -> int:
    """Run seeds; return 1 if an invariant was broken."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--without", default="", metavar="3,5")
    parser.add_argument("--log", action="store_true")
    parser.add_argument("--processes", action="store_true")
    given = parser.parse_args(arguments)
    seeds = [given.seed] if given.seed else range(given.first, given.first + given.seeds)
    without = {int(number) for number in given.without.split(",") if number}
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    start, executions, broken = time.monotonic(), 0, 0
    with isolated(), opened("processes" if given.processes else "in-process") as aws:
        import_functions(aws)
        for seed in seeds:
            result = processes.run(aws, seed) if given.processes else run(aws, seed, without)
            executions += result.executions
            broken += bool(result.violations)
            if given.log or result.violations:
                lines = [f"seed {seed}: {result.outcome}", *result.log]
                lines += [f"BROKEN: {each}" for each in result.violations]
                out.write("\n".join(lines) + "\n\n")
    seconds = time.monotonic() - start
    out.write(
        f"{len(seeds)} seeds, {executions} executions, {broken} with broken invariants, "
        f"{seconds:.0f} s\n"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
