"""Cold starts of the built functions, compared with handlers as tutorials write them.

    python -m benchmarks.cold_start [--rounds N] [--json FILE] [--chart FILE]

Both are installed for the runtime's minor version, and both run with and without bytecode. `init`
is the import of the handler in a fresh interpreter, minus the start of the interpreter itself.
`first` and `warm` are calls under the runtime interface emulator, `first` from the start of the
process. The services that they call are moto's, on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import statistics
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from moto.server import ThreadedMotoServer
from PIL import Image
from rich.console import Console
from rich.table import Table

from benchmarks.chart import write_bars
from benchmarks.deployed import variables
from benchmarks.emulator import Function, running
from local.manifest import images_table, of_package, runtime
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BUILD = Path(".build/cold_start")
OURS = BUILD / "ours"
TUTORIAL = BUILD / "tutorial"
CLIENT = BUILD / "client"
_TUTORIAL_PACKAGES = {
    "api": ["boto3", "aws-lambda-powertools[parser,tracer]"],
    "thumbnail": [
        *("boto3", "aws-lambda-powertools[tracer]", "pillow", "rawpy", "numpy", "pillow-heif"),
    ],
}
_IMAGE_ID = "a" * 26
_CLAIM = {"image_id": _IMAGE_ID, "sequencer": "0A", "execution": "benchmark"}


@dataclass(frozen=True)
class Candidate:
    """One of two implementations of a function, with or without bytecode, and its event."""

    function_name: str
    stack: str
    compiled: bool
    function: Function
    event: dict[str, Any]


def main() -> None:
    """Build both, measure them in turns, print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.cold_start")
    arguments.add_argument("--rounds", type=int, default=7, help="counted rounds (default 7)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    arguments.add_argument("--chart", type=Path, help="write the cold starts as SVG here")
    options = arguments.parse_args()
    interpreter = _interpreter()
    _build(interpreter)
    with services() as environment:
        candidates = _candidates(environment)
        rounds = [
            [_measure(candidate, interpreter) for candidate in candidates]
            for _ in range(options.rounds + 1)
        ][1:]  # the first round warms the file cache
    results = _summary(candidates, rounds)
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    if options.chart:
        _draw(options.chart, results)


def _interpreter() -> Path:
    found = subprocess.run(
        ["make", "-s", "-C", "layers", "-f", "artefact.mk", "runtime-python"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not found:
        message = f"Python {runtime()} is not installed. Install it: uv python install {runtime()}"
        raise SystemExit(message)
    return Path(found)


def _build(interpreter: Path) -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    for state in ("compiled", "source"):
        built = ["--build-dir", str(OURS / state), "--parameter-overrides", "Architecture=x86_64"]
        run([".venv-sam/bin/sam", "build", *built])
    for name, packages in _TUTORIAL_PACKAGES.items():
        for state in ("compiled", "source"):
            target = TUTORIAL / state / name
            install(target, packages, runtime())
            shutil.copytree("benchmarks/tutorial", target / "tutorial")
    install(CLIENT, ["awslambdaric"], runtime())
    for folder in (OURS / "source", TUTORIAL / "source"):
        for cache in sorted(folder.rglob("__pycache__")):
            shutil.rmtree(cache)
    for folder in (TUTORIAL / "compiled", CLIENT):
        mode = ["--invalidation-mode", "unchecked-hash"]
        run([str(interpreter), "-m", "compileall", "-q", *mode, str(folder)])


def install(target: Path, packages: Sequence[str], version: str) -> None:
    """Install packages for Lambda's x86_64 and a minor version of Python."""
    platform = ["--python-platform", "x86_64-manylinux_2_28", "--python-version", version]
    options = ["--quiet", "--target", str(target), "--only-binary", ":all:"]
    run([".venv/bin/uv", "pip", "install", *options, *platform, *packages])


def run(command: Sequence[str]) -> None:
    """Run a command; end with its output if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        raise SystemExit(message)


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """Run the services that the functions call; yield an environment that points to them."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line per request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        **variables(of_package("api").logical_id),
        **variables(of_package("thumbnail").logical_id),
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": "/var/task",  # by which libraries detect Lambda
        "RENDITIONS_BUCKET": "renditions",
        "RENDITIONS": ",".join(  # those of the tutorial
            f"{name}={size}:inside:webp:80"
            for name, size in (
                ("thumbnail", "150x150"),
                ("medium", "800x600"),
                ("large", "1920x1080"),
            )
        ),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    }
    _fill(environment)
    try:
        yield environment
    finally:
        server.stop()


def _fill(environment: dict[str, str]) -> None:
    """Make an upload, an open record, and the bucket for renditions."""
    account: dict[str, Any] = {
        "endpoint_url": environment["AWS_ENDPOINT_URL"],
        "region_name": "us-east-1",
        "aws_access_key_id": "benchmark",
        "aws_secret_access_key": "benchmark",
    }
    s3, dynamodb = boto3.client("s3", **account), boto3.client("dynamodb", **account)
    for bucket in ("uploads", environment["RENDITIONS_BUCKET"]):
        s3.create_bucket(Bucket=bucket)
    data = file_of(Image.effect_noise((1200, 900), 60).convert("RGB"))
    s3.put_object(Bucket="uploads", Key="uploads/a.jpg", Body=data)
    dynamodb.create_table(TableName=environment["TABLE_NAME"], **images_table())
    record = {**_CLAIM, "status": "processing"}
    item = {name: {"S": value} for name, value in record.items()}
    dynamodb.put_item(TableName=environment["TABLE_NAME"], Item=item)


def events() -> dict[str, dict[str, Any]]:
    """Return what each measured function is invoked with, by its package."""
    uploaded = {"bucket": "uploads", "key": "uploads/a.jpg"}
    image = {
        "claim": _CLAIM,
        "upload": {"object": uploaded, "size": 1, "sequencer": "0A", "uploaded_at": ""},
        "facts": {"format": "JPEG", "content_type": "image/jpeg", "width": 1200, "height": 900},
        "picture": {"object": uploaded, "format": "JPEG", "bytes": 1},
    }
    path = f"/images/{_IMAGE_ID}"
    http = {"method": "GET", "path": path}
    get_image = {
        "version": "2.0",
        "routeKey": "GET /images/{id}",
        "rawPath": path,
        "pathParameters": {"id": _IMAGE_ID},
        "requestContext": {
            "http": http,
            "stage": "$default",
            "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/somebody"}},
        },
    }
    return {"api": get_image, "thumbnail": {"image": image}}


def _candidates(environment: dict[str, str]) -> list[Candidate]:
    ours = events()
    uploaded = ours["thumbnail"]["image"]["upload"]["object"]
    theirs: dict[str, Any] = {**ours, "thumbnail": {**uploaded, "image_id": _IMAGE_ID}}
    found = []
    for state in ("compiled", "source"):
        for name in _TUTORIAL_PACKAGES:
            built = OURS / state
            own = of_package(name)
            path_of_ours = [built / own.logical_id, CLIENT]
            path_of_ours += [built / layer / "python" for layer in own.layers]
            path_of_theirs = [TUTORIAL / state / name, CLIENT]
            function = Function(own.handler, path_of_ours, environment)
            tutorial = Function(f"tutorial.{name}.handler", path_of_theirs, environment)
            compiled = state == "compiled"
            found.append(Candidate(name, "ours", compiled, function, ours[name]))
            found.append(Candidate(name, "tutorial", compiled, tutorial, theirs[name]))
    return found


def _measure(candidate: Candidate, interpreter: Path) -> dict[str, float]:
    """Measure each figure once, in milliseconds."""
    module = candidate.function.handler.rpartition(".")[0]
    init = _started(interpreter, candidate.function, f"import {module}")
    bare = _started(interpreter, candidate.function, "pass")
    start = time.perf_counter()
    with running(candidate.function, interpreter) as function:
        function.invoke(candidate.event)
        first = time.perf_counter() - start
        start = time.perf_counter()
        function.invoke(candidate.event)
        warm = time.perf_counter() - start
    return {"init": (init - bare) * 1000, "first": first * 1000, "warm": warm * 1000}


def _started(interpreter: Path, function: Function, statement: str) -> float:
    environment = {
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in function.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        **function.environment,
    }
    start = time.perf_counter()
    subprocess.run([str(interpreter), "-c", statement], env=environment, check=True)
    return time.perf_counter() - start


def _summary(
    candidates: Sequence[Candidate], rounds: Sequence[Sequence[dict[str, float]]]
) -> list[dict[str, Any]]:
    """Return medians, and the median over rounds of the ratio of ours to the tutorial's."""
    rows = []
    for position in range(0, len(candidates), 2):
        ours, theirs = ([taken[position + side] for taken in rounds] for side in (0, 1))
        row: dict[str, Any] = {
            "function": candidates[position].function_name,
            "compiled": candidates[position].compiled,
        }
        for figure in ("init", "first", "warm"):
            pairs = [(own[figure], other[figure]) for own, other in zip(ours, theirs, strict=True)]
            row[f"{figure}_ms"] = round(statistics.median(own for own, _ in pairs), 1)
            row[f"{figure}_ms_tutorial"] = round(statistics.median(other for _, other in pairs), 1)
            ratio = statistics.median(own / other for own, other in pairs)
            row[f"{figure}_ratio"] = round(ratio, 2)
        rows.append(row)
    return rows


def _print(results: Sequence[dict[str, Any]]) -> None:
    table = Table("function", "bytecode", "figure", "ours ms", "tutorial ms", "ratio")
    for row in results:
        for figure in ("init", "first", "warm"):
            cells = [row[f"{figure}_ms"], row[f"{figure}_ms_tutorial"], row[f"{figure}_ratio"]]
            state = "yes" if row["compiled"] else "no"
            table.add_row(row["function"], state, figure, *map(str, cells))
    Console().print(table)


def _draw(path: Path, results: Sequence[dict[str, Any]]) -> None:
    bars = [
        (f"{row['function']}, {stack}", row[f"init_ms{suffix}"])
        for row in results
        if row["compiled"]
        for stack, suffix in (("ours", ""), ("tutorial", "_tutorial"))
    ]
    write_bars(path, "Importing the handler, with bytecode", bars, unit=" ms")


if __name__ == "__main__":
    main()
