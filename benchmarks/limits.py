"""Peak memory and CPU of each function for the largest picture of each format that is accepted.

    python -m benchmarks.limits [NAME …] [--file FILE …] [--json FILE]

One process makes each picture; a fresh process does the work of each function on it, after it has
loaded that function's handler and its clients. RSS is the peak of the process in MiB, CPU that of
all its threads. Every picture is within pictures.limits; --file adds one of yours. --json keeps
the rows of the file that were not measured again. Tests compare the sizes in template.yaml with
docs/limits.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.deployed import variables
from benchmarks.engine_processes import PEERS
from benchmarks.largest_pictures import LARGEST
from local.manifest import of_package, with_layer
from pictures.formats import FORMATS
from pictures.limits import UPLOAD_BYTES

STEPS = [function.package for function in with_layer("ImagingLayer")]
_CREDENTIALS = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
_MAKE = "import benchmarks.limits as b, sys; b.make(*sys.argv[1:])"


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.limits")
    arguments.add_argument("names", nargs="*", help="rows of the table (default: all)")
    arguments.add_argument("--file", type=Path, action="append", default=[], help="your own")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    chosen = options.names or ([] if options.file else list(LARGEST))
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            path = Path(folder, "picture")
            _fresh(["-c", _MAKE, name, str(path)], {})
            results[name] = _measured(path, folder)
            Console(stderr=True).print(name, results[name])
        for path in options.file:
            results[path.name] = _measured(path, folder)
    Console(width=120).print(_table(results))
    if options.json:
        _write(options.json, results)


def _write(file: Path, results: dict[str, Any]) -> None:
    """Write one row per line, in the order of the table."""
    known = json.loads(file.read_text()) if file.exists() else {}
    merged = known | results
    names = sorted(merged, key=[*LARGEST, *merged].index)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(merged[name])}" for name in names)
    file.write_text(f"{{\n{lines}\n}}\n")


def make(name: str, path: str) -> None:
    """Write one of the largest pictures to a file."""
    Path(path).write_bytes(LARGEST[name]())


def _measured(path: Path, folder: str) -> dict[str, Any]:
    """Measure the steps that a file goes through."""
    size = path.stat().st_size
    result: dict[str, Any] = {"mb": round(size / 1e6, 1), "too_large": size > UPLOAD_BYTES}
    validate, convert, *others = STEPS
    result[validate] = _work(validate, path, "")
    format_name = result[validate]["outcome"]
    if FORMATS[format_name].is_converted:
        copy = Path(folder, "own")
        copy.write_bytes(path.read_bytes())
        result[convert] = _work(convert, copy, format_name)
        path = copy.with_suffix(".converted")
        format_name = "JPEG" if path.exists() and path.read_bytes()[:2] == b"\xff\xd8" else "PNG"
    for step in others:
        if path.exists():
            result[step] = _work(step, path, format_name)
    return result


def _work(step: str, path: Path, format_name: str) -> dict[str, Any]:
    """Let a fresh process do the work of a step, in the environment of its function."""
    found = variables(of_package(step).logical_id)
    answer = _fresh(["-m", "benchmarks.work", step, str(path), format_name], found)
    return json.loads(answer)  # type: ignore[no-any-return]


def _fresh(arguments: list[str], environment: dict[str, str]) -> str:
    path = [os.environ.get("PYTHONPATH", ""), str(PEERS / "python")]
    return subprocess.run(
        [sys.executable, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            **environment,
            **_CREDENTIALS,
            "PYTHONPATH": os.pathsep.join(path),
        },
    ).stdout


def _table(results: dict[str, Any]) -> Table:
    table = Table("picture", "MB", *STEPS, title="peak RSS in MB / CPU in s")
    for name, result in results.items():
        cells = (result.get(step) for step in STEPS)
        table.add_row(
            name,
            f"{result['mb']}{' (too large)' if result['too_large'] else ''}",
            *(f"{cell['rss_mb']} / {cell['cpu_s']}" if cell else "–" for cell in cells),
        )
    return table


if __name__ == "__main__":
    main()
