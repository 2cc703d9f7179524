"""Many uploads at once in an account with little capacity: none is lost, and how long it takes.

`python -m tests.faults.burst --pictures 2000 --concurrency 10 --rekognition 5` prints a report and
fails if an upload was not approved. It is a model of the services with the state machine's own
rules (`tests.faults.burst_model`); with `--emulated`, the real functions run on the offline AWS.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from local.manifest import functions, template
from tests.faults.burst_account import Limits, work
from tests.faults.burst_express import modeled_express
from tests.faults.burst_model import ANIMATION, STILL, alone, modeled
from tests.faults.burst_report import Report, ideal, report, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.faults.burst_model import Kind


def model(
    kinds: Mapping[str, Kind],
    limits: Limits,
    memory: Mapping[str, int],
    over: float = 0.0,
    express: int | None = None,
) -> Report:
    """Model a burst, uploaded at once or evenly `over` seconds.

    With `express`, the `ExpressConcurrency`, uploads wait in a queue, and all come at once.
    """
    durations = work(memory)
    ended = (
        modeled_express(kinds, express, limits, durations)
        if express
        else modeled(kinds, limits, durations, over=over)
    )
    needed = ideal(alone(list(kinds.values()), durations), limits)
    return report(list(kinds), limits, ended.tally, ended.statuses, needed, memory)


def emulate(kinds: Mapping[str, Kind], limits: Limits, express: int | None = None) -> Report:
    """Upload pictures on the offline AWS; with `express`, to a stack with a queue of uploads."""
    from local.aws.environment import isolated

    with isolated():
        from local.aws.offline import OfflineAws
        from tests.faults import burst_emulated as emulation
        from tests.faults import burst_outcomes as found
        from tests.faults.uploads import jpeg
        from tests.support.pictures import two_sheets

        still, animation = jpeg(), two_sheets()
        files = {name: animation if kind == ANIMATION else still for name, kind in kinds.items()}
        parameters = {"WorkflowType": "EXPRESS" if express else "STANDARD"}
        with OfflineAws(parameters=parameters) as aws:
            memory = emulation.memory_sizes(aws)
            tally = emulation.emulated(aws, files, limits)
            statuses = found.outcomes(aws, list(kinds))
            needed = ideal(alone(list(kinds.values()), work(memory)), limits)
            lost = found.lost(aws, list(kinds))
            return report(list(kinds), limits, tally, statuses, needed, memory, lost)


def deployed_memory() -> dict[str, int]:
    """Return the MemorySize of each function in the template."""
    resources = template()["Resources"]
    return {name: resources[name]["Properties"]["MemorySize"] for name in functions()}


def uploads(stills: int, animations: int) -> dict[str, Kind]:
    """Return what is uploaded, by names; animations are spread evenly among the stills."""
    number = stills + animations
    share = animations / number
    return {
        str(n): ANIMATION if int((n + 1) * share) > int(n * share) else STILL for n in range(number)
    }


def _reserved(text: str) -> tuple[str, int]:
    function, _, number = text.partition("=")
    return function, int(number)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the functions from logging."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def main(arguments: list[str]) -> int:
    """Run one burst; return 1 if an upload was not approved."""
    parser = argparse.ArgumentParser(prog="burst", description=__doc__)
    parser.add_argument("--pictures", type=int, default=2000, help="stills")
    parser.add_argument("--animations", type=int, default=0, help="animations of two sheets")
    parser.add_argument("--concurrency", type=int, default=Limits.concurrency)
    parser.add_argument("--rekognition", type=float, default=Limits.rekognition, metavar="TPS")
    parser.add_argument("--starts", type=float, default=Limits.starts, metavar="TPS")
    parser.add_argument("--starts-at-once", type=float, default=Limits.starts_at_once)
    parser.add_argument(
        "--reserved",
        type=_reserved,
        action="append",
        default=[],
        metavar="FUNCTION=N",
        help="concurrency reserved, e.g. ModerateFunction=5",
    )
    parser.add_argument("--over", type=float, default=0.0, metavar="SECONDS", help="not at once")
    parser.add_argument(
        "--express",
        type=int,
        metavar="N",
        help="WorkflowType=EXPRESS with ExpressConcurrency=N (emulated: one batch at a time)",
    )
    parser.add_argument("--emulated", action="store_true", help="run the real functions; slow")
    parser.add_argument("--json", action="store_true", help="print the report as JSON as well")
    given = parser.parse_args(arguments)
    limits = Limits(
        given.concurrency,
        given.rekognition,
        given.starts,
        given.starts_at_once,
        dict(given.reserved),
    )
    kinds = uploads(given.pictures, given.animations)
    with _quiet():
        made = (
            emulate(kinds, limits, given.express)
            if given.emulated
            else model(kinds, limits, deployed_memory(), given.over, given.express)
        )
    sys.stdout.write(f"{table(made)}\n" + (f"{json.dumps(asdict(made))}\n" if given.json else ""))
    return 1 if made.lost or set(made.statuses) != {"approved"} else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
