"""Peak memory and CPU of each function for the largest picture of each format that is accepted.

    python -m benchmarks.limits [NAME …] [--file FILE …] [--json FILE]

Each picture is made in one process and each function's work on it done in a fresh one, which has
loaded that function's handler and its clients. RSS is the highest that the process had, in MiB;
CPU that of all its threads. Every picture is within the limits of pictures.limits; files of
one's own come behind --file. With --json, rows that the file has already and that were not measured
again stay in it: docs/limits.json is what the sizes in template.yaml are tested against.
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

from benchmarks.engine_processes import PEERS
from benchmarks.largest_pictures import LARGEST
from local.manifest import with_layer
from pictures.formats import FORMATS
from pictures.limits import PIXELS, UPLOAD_BYTES

STEPS = tuple(function.package for function in with_layer("ImagingLayer"))
_SPECS = (
    "thumbnail=150x150:cover:webp:80,medium=800x600:cover:webp:80,"
    "large=1920x1080:cover:webp:80,preview=320x320:inside:jpeg:85"
)
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "ID_SALT": "",
    "MAX_PIXELS": str(PIXELS),
    "MAX_UPLOAD_BYTES": str(UPLOAD_BYTES),
    "MODERATION_IGNORED_LABELS": "",
    "MODERATION_REJECT_CONFIDENCE": "95",
    "MODERATION_REVIEW_CONFIDENCE": "60",
    "POWERTOOLS_METRICS_NAMESPACE": "ImagePipeline",
    "POWERTOOLS_SERVICE_NAME": "image-pipeline",
    "RENDITIONS": _SPECS,
    "RENDITIONS_BUCKET": "none",
    "STORE_GPS": "true",
    "TABLE_NAME": "none",
}
_MAKE = "import benchmarks.limits as b, sys; b.make(*sys.argv[1:])"
_CHILD = """
import importlib, json, resource, sys
from pathlib import Path
from benchmarks.limits import work
from image_pipeline import aws
importlib.import_module(f"{sys.argv[1]}.handler")
aws.s3(), aws.dynamodb()
before = resource.getrusage(resource.RUSAGE_SELF)
outcome = work(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
usage = resource.getrusage(resource.RUSAGE_SELF)
cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"outcome": outcome, "rss_mb": round(usage.ru_maxrss / 1024),
                  "cpu_s": round(cpu, 2)}))
"""


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.limits")
    arguments.add_argument("names", nargs="*", help="rows of the table (default: all)")
    arguments.add_argument("--file", type=Path, action="append", default=[], help="one of yours")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    chosen = options.names or ([] if options.file else list(LARGEST))
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            path = Path(folder, "picture")
            answer = _fresh(_MAKE, name, str(path))
            if answer:
                print(f"{name} left out: {answer.strip()}", file=sys.stderr)
                continue
            results[name] = _measured(path, folder)
            Console(stderr=True).print(name, results[name])
        for path in options.file:
            results[path.name] = _measured(path, folder)
    Console(width=120).print(_table(results))
    if options.json:
        _write(options.json, results)


def _write(file: Path, results: dict[str, Any]) -> None:
    """The rows in the order of the table, one a line."""
    known = json.loads(file.read_text()) if file.exists() else {}
    merged = known | results
    names = sorted(merged, key=[*LARGEST, *merged].index)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(merged[name])}" for name in names)
    file.write_text(f"{{\n{lines}\n}}\n")


def make(name: str, path: str) -> None:
    """Write one of the largest pictures to a file, or print which encoder is missing for it."""
    try:
        Path(path).write_bytes(LARGEST[name]())
    except ModuleNotFoundError as missing:
        print(missing, "- see benchmarks/README.md")


def work(step: str, path: Path, format_name: str) -> str:
    """What one function does with a file; the outcome: `ok`, a format, or a refusal's reason."""
    from image_pipeline.errors import ValidationError

    try:
        return _STEPS[step](path, format_name)
    except ValidationError as refusal:
        return str(refusal.reason)


def _validate(path: Path, _: str) -> str:
    from validate.examine import examine

    with path.open("rb") as file:
        return examine(file, "uploads/a", "", PIXELS).format


def _convert(path: Path, format_name: str) -> str:
    from convert.decode import to_jpeg

    converted = to_jpeg(path.read_bytes(), format_name, max_pixels=PIXELS)
    path.with_suffix(".converted").write_bytes(converted.data)
    return "ok"


def _thumbnail(path: Path, format_name: str) -> str:
    from thumbnail.renditions import parse_specs, render

    render(path.read_bytes(), parse_specs(_SPECS), format_name=format_name, max_pixels=PIXELS)
    return "ok"


def _moderate(path: Path, format_name: str) -> str:
    from moderate.samples import samples

    samples(path.read_bytes(), format_name, max_pixels=PIXELS)
    return "ok"


def _metadata(path: Path, _: str) -> str:
    from metadata.extract import extract

    extract(path.read_bytes(), store_gps=True)
    return "ok"


_STEPS = {
    "validate": _validate,
    "convert": _convert,
    "thumbnail": _thumbnail,
    "moderate": _moderate,
    "metadata": _metadata,
}


def _measured(path: Path, folder: str) -> dict[str, Any]:
    """The steps that a file goes through."""
    size = path.stat().st_size
    result: dict[str, Any] = {"mb": round(size / 1e6, 1), "too_large": size > UPLOAD_BYTES}
    result["validate"] = _child("validate", path, "")
    format_name = result["validate"]["outcome"]
    if FORMATS[format_name].is_converted:
        copy = Path(folder, "own")
        copy.write_bytes(path.read_bytes())
        result["convert"] = _child("convert", copy, format_name)
        path, format_name = copy.with_suffix(".converted"), "JPEG"
    for step in ("thumbnail", "moderate", "metadata"):
        if path.exists():
            result[step] = _child(step, path, format_name)
    return result


def _child(step: str, path: Path, format_name: str) -> dict[str, Any]:
    return json.loads(_fresh(_CHILD, step, str(path), format_name))  # type: ignore[no-any-return]


def _fresh(program: str, *arguments: str) -> str:
    path = os.pathsep.join((os.environ.get("PYTHONPATH", ""), str(PEERS / "python")))
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **_ENVIRONMENT, "PYTHONPATH": path},
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
