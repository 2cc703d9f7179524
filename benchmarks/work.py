"""The work of each function that reads pictures, on a file: what a process of its own runs.

    python -m benchmarks.work STEP FILE FORMAT

Prints the outcome, the peak RSS in MiB and the CPU seconds as JSON. Imports nothing but what the
function does, so that the RSS is that of the function.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from pathlib import Path

from benchmarks.engines.worker import peak_megabytes
from image_pipeline import aws
from pictures.limits import PIXELS


def work(step: str, path: Path, format_name: str) -> str:
    """Do the work of one function; return `ok`, a format, or the reason of a refusal."""
    from image_pipeline.errors import ValidationError

    try:
        return WORK[step](path, format_name)
    except ValidationError as error:
        return str(error.reason)


def _validate(path: Path, _: str) -> str:
    from validate.examine import examine

    with path.open("rb") as file:
        return examine(file, "uploads/a", "", PIXELS).format


def _convert(path: Path, format_name: str) -> str:
    from convert.decode import convert_picture

    converted = convert_picture(path.read_bytes(), format_name, max_pixels=PIXELS)
    path.with_suffix(".converted").write_bytes(converted.data)
    return "ok"


def _thumbnail(path: Path, format_name: str) -> str:
    from thumbnail.renditions import parse_specs, render

    specs = parse_specs(os.environ["RENDITIONS"])
    described: list[object] = []
    render(
        path.read_bytes(),
        specs,
        format_name=format_name,
        max_pixels=PIXELS,
        describe=described.append,
    )
    return "ok"


def _moderate(path: Path, format_name: str) -> str:
    from moderate.samples import samples

    samples(path.read_bytes(), format_name, max_pixels=PIXELS)
    return "ok"


def _metadata(path: Path, _: str) -> str:
    from metadata.extract import extract

    extract(path.read_bytes(), store_gps=True)
    return "ok"


WORK = {
    "validate": _validate,
    "convert": _convert,
    "thumbnail": _thumbnail,
    "moderate": _moderate,
    "metadata": _metadata,
}
"""What each function does with a file of a format, by the folder of the function."""


def main(step: str, path: str, format_name: str) -> None:
    """Load the handler and its clients, then measure the work alone."""
    importlib.import_module(f"{step}.handler")
    aws.s3()
    aws.dynamodb()
    before = resource.getrusage(resource.RUSAGE_SELF)
    outcome = work(step, Path(path), format_name)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu = usage.ru_utime + usage.ru_stime - before.ru_utime - before.ru_stime
    figures = {"outcome": outcome, "rss_mb": round(peak_megabytes()), "cpu_s": round(cpu, 2)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
