"""Cold starts of every built function on two Python runtimes, by CPU time.

    python -m benchmarks.runtimes INTERPRETER INTERPRETER [--rounds N] [--json FILE]

Everything is built once for each interpreter's minor version. `first` is the CPU time of the
process under the runtime interface emulator from its start to the first answer: interpreter,
runtime interface client, init and one invocation. The functions for which `benchmarks.cold_start`
has an event answer that, and one more as `warm`; the others refuse an empty one. CPU times that are
measured in turns hold on a busy machine too.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.cold_start import events, install, run, services
from benchmarks.deployed import variables
from benchmarks.emulator import Function, running
from local.manifest import ROOT, functions, layers

if TYPE_CHECKING:
    from collections.abc import Sequence

_BUILD = ROOT / ".build" / "runtimes"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


@dataclass(frozen=True)
class Runtime:
    """A minor version of Python, an interpreter of it, and the folder of what is built for it."""

    version: str
    interpreter: Path

    @property
    def folder(self) -> Path:
        """Folder with a subfolder per function and layer, and the runtime interface client."""
        return _BUILD / self.version


def main() -> None:
    """Build for both, measure in turns, print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.runtimes")
    arguments.add_argument("interpreters", nargs=2, type=Path, metavar="INTERPRETER")
    arguments.add_argument("--rounds", type=int, default=15, help="counted rounds (default 15)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    pair = [Runtime(_version(each), each.absolute()) for each in options.interpreters]
    for runtime in pair:
        _build(runtime)
    with services() as environment:
        rounds = [_round(pair, environment) for _ in range(options.rounds + 1)][1:]
        # The first one warms the file cache.
    results = _summary(pair, rounds)
    _print(pair, results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _version(interpreter: Path) -> str:
    return subprocess.check_output([interpreter, "-c", _VERSION], text=True).strip()


def _build(runtime: Runtime) -> None:
    given = [f"RUNTIME={runtime.version}", f"RUNTIME_PYTHON={runtime.interpreter}"]
    for name, folder in layers().items():
        target = runtime.folder / name
        target.mkdir(parents=True, exist_ok=True)
        where = ["-C", "layers/platforms/x86_64", "-f", str(folder / "Makefile")]
        run(["make", "-s", *where, f"build-{name}", f"ARTIFACTS_DIR={target}", *given])
    for name in functions():
        target = runtime.folder / name
        target.mkdir(parents=True, exist_ok=True)
        run(["make", "-s", "-C", "functions", f"build-{name}", f"ARTIFACTS_DIR={target}", *given])
    client = runtime.folder / "client"
    install(client, ["awslambdaric"], runtime.version)
    mode = ["--invalidation-mode", "unchecked-hash"]
    run([str(runtime.interpreter), "-m", "compileall", "-q", *mode, str(client)])


def _round(pair: Sequence[Runtime], environment: dict[str, str]) -> dict[str, list[float]]:
    """Measure each figure once on both, one directly after the other, in milliseconds."""
    known = events()
    found: dict[str, list[float]] = {}
    for name, built in functions().items():
        event = known.get(built.package)
        for runtime in pair:
            path = [runtime.folder / name, runtime.folder / "client"]
            path += [runtime.folder / layer / "python" for layer in built.layers]
            function = Function(built.handler, path, {**variables(name), **environment})
            with running(function, runtime.interpreter) as process:
                with contextlib.nullcontext() if event else contextlib.suppress(RuntimeError):
                    process.invoke(event or {})
                first = process.cpu_seconds()
                found.setdefault(f"{built.package} first", []).append(first * 1000)
                if event:
                    process.invoke(event)
                    warm = process.cpu_seconds() - first
                    found.setdefault(f"{built.package} warm", []).append(warm * 1000)
    return found


def _summary(
    pair: Sequence[Runtime], rounds: Sequence[dict[str, list[float]]]
) -> list[dict[str, Any]]:
    """Return medians, and the median over rounds of the ratio of the second to the first."""
    rows = []
    for figure in rounds[0]:
        taken = [measured[figure] for measured in rounds]
        row: dict[str, Any] = {"figure": figure}
        for runtime, of_one in zip(pair, zip(*taken, strict=True), strict=True):
            row[f"{runtime.version}_ms"] = round(statistics.median(of_one), 1)
        row["ratio"] = round(statistics.median(second / first for first, second in taken), 3)
        rows.append(row)
    return rows


def _print(pair: Sequence[Runtime], results: Sequence[dict[str, Any]]) -> None:
    table = Table("figure", *(f"{runtime.version}, CPU ms" for runtime in pair), "ratio")
    for row in results:
        table.add_row(*map(str, row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
