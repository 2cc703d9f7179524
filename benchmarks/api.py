"""CPU of the function that reads: cold starts against an earlier commit, and warm requests.

    python -m benchmarks.api [--against REF] [--rounds N] [--json FILE]

`import` is the import of the handler in a fresh interpreter, and `first` that with one request,
each without the start of the interpreter. `warm` are GET /images/{id} of an image with four
renditions, whose URLs are signed. DynamoDB is a stand-in that answers at once. All are CPU times,
of the sources and this interpreter, which compare two states of the code under any load.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.deployed import variables
from local.manifest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHILD = ROOT / "benchmarks" / "api_requests.py"
_BUILD = ROOT / ".build" / "api"
_FUNCTION = "ApiFunction"
_REQUESTS = 2000
_TURNS = 5
_PERCENTILE = 95


def main() -> None:
    """Measure in turns, print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.api")
    arguments.add_argument("--against", metavar="REF", help="a commit to compare with")
    arguments.add_argument("--rounds", type=int, default=25, help="counted rounds (default 25)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    trees = [ROOT] + ([_checked_out(options.against)] if options.against else [])
    results = {
        figure: _cold(trees, requests, options.rounds)
        for figure, requests in (("import", 0), ("first", 1))
    }
    turns = [[_warm(tree) for tree in trees] for _ in range(_TURNS)]
    # The least disturbed turn: other work on the same cores makes CPU time longer.
    results["warm"] = [min(figures) for figures in zip(*turns, strict=True)]
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _checked_out(ref: str) -> Path:
    target = _BUILD / ref
    target.mkdir(parents=True, exist_ok=True)
    archive = ["git", "archive", "--format=zip", ref, "functions", "layers/common"]
    packed = subprocess.check_output(archive, cwd=ROOT)
    with zipfile.ZipFile(io.BytesIO(packed)) as files:
        files.extractall(target)
    return target


def _cold(trees: Sequence[Path], requests: int, rounds: int) -> list[float]:
    """Return the milliseconds of each tree, the median over the rounds."""
    taken: list[list[float]] = [[] for _ in trees]
    for _ in range(rounds + 1):
        bare = _milliseconds(trees[0], [sys.executable, "-S", "-c", "pass"])
        for tree, found in zip(trees, taken, strict=True):
            command = [sys.executable, "-S", "-P", str(_CHILD), str(requests)]
            found.append(_milliseconds(tree, command) - bare)
    return [round(statistics.median(found[1:]), 1) for found in taken]  # the first one compiles


def _warm(tree: Path) -> float:
    """Return the milliseconds of a request, at the 95th percentile."""
    command = [sys.executable, "-S", "-P", str(_CHILD), str(_REQUESTS)]
    done = subprocess.run(
        command, env=_environment(tree), stdout=subprocess.PIPE, check=True, text=True
    )
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    cuts = statistics.quantiles(times[len(times) // 10 :], n=100)
    return round(cuts[_PERCENTILE - 1], 2)


def _milliseconds(tree: Path, command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=_environment(tree), stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return spent * 1000


def _environment(tree: Path) -> dict[str, str]:
    path = [tree / "functions", tree / "layers/common", Path(sysconfig.get_path("purelib"))]
    return {
        **variables(_FUNCTION),
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": "/var/task",  # by which libraries detect Lambda
        "PYTHONPATH": os.pathsep.join(map(str, path)),
    }


def _print(results: dict[str, Any]) -> None:
    table = Table("figure", "CPU ms", "before ms", "ratio")
    for figure, (now, *before) in results.items():
        row = [str(before[0]), f"{now / before[0]:.2f}"] if before else []
        table.add_row(figure, str(now), *row)
    Console().print(table)


if __name__ == "__main__":
    main()
