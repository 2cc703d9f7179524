"""Time from upload to the end of the execution, offline: one, ten and a hundred at once.

    python -m benchmarks.pipeline [--picture FILE] [--json FILE]

The functions run in this process, one at a time. The figures are the cost of the pipeline itself:
they say nothing about how Lambda scales, and do not include the time of AWS's services. CPU is that
of the thread that runs the handler.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from PIL import Image
from rich.console import Console
from rich.table import Table

from local.aws.in_process import InProcess
from local.aws.offline import OfflineAws
from local.executions import follow
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.invocation import Answer

_AT_ONCE = (1, 10, 100)
_ROUNDS = {1: 20, 10: 3, 100: 1}


def main() -> None:
    """Measure, and print two tables."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    arguments.add_argument("--picture", type=Path, help="a picture (default: a drawn 1 MP JPEG)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    data = options.picture.read_bytes() if options.picture else _drawn()
    cpu: dict[str, list[float]] = defaultdict(list)
    with (
        mock.patch.object(InProcess, "invoke", _timed(InProcess.invoke, cpu)),
        OfflineAws() as aws,
    ):
        _batch(aws, data, "warm", 2)
        cpu.clear()
        latencies = {
            count: [
                seconds
                for turn in range(_ROUNDS[count])
                for seconds in _batch(aws, data, f"{count}/{turn}", count)
            ]
            for count in _AT_ONCE
        }
    results = {
        "put_to_end_seconds": {
            str(count): {"p50": _percentile(taken, 50), "p95": _percentile(taken, 95)}
            for count, taken in latencies.items()
        },
        "cpu_milliseconds": {
            name: round(statistics.median(taken) * 1000, 1) for name, taken in cpu.items()
        },
    }
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _drawn() -> bytes:
    noise = Image.effect_noise((1200, 900), 30)
    picture = Image.merge("RGB", (noise, Image.linear_gradient("L").resize(noise.size), noise))
    return file_of(picture, quality=88)


def _timed(
    genuine: Callable[[InProcess, str, str], Answer], cpu: dict[str, list[float]]
) -> Callable[[InProcess, str, str], Answer]:
    def invoke(self: InProcess, name: str, payload: str) -> Answer:
        start = time.thread_time()
        try:
            return genuine(self, name, payload)
        finally:
            cpu[name.partition(":")[0]].append(time.thread_time() - start)

    return invoke


def _batch(aws: OfflineAws, data: bytes, name: str, count: int) -> list[float]:
    """Upload a batch; return the seconds from each upload to the end of its execution."""
    bucket = aws.deployment.ref("UploadsBucket")
    s3, stepfunctions = aws.client("s3"), aws.client("stepfunctions")
    started = []
    for number in range(count):
        key = f"uploads/{name}/{number}.jpg"
        start = time.time()
        version = s3.put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]
        (arn,) = aws.delivery.executions_of(key, version)
        started.append((start, arn))
    taken = []
    for start, arn in started:
        execution = follow(aws, arn)
        if execution.status != "SUCCEEDED":
            raise SystemExit(execution.explanation)
        end = stepfunctions.describe_execution(executionArn=arn)["stopDate"].timestamp()
        taken.append(end - start)
    return taken


def _percentile(taken: list[float], percent: int) -> float:
    ordered = sorted(taken)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 3)


def _print(results: dict[str, Any]) -> None:
    latency = Table("at once", "p50 s", "p95 s", title="put → end of the execution")
    for count, figures in results["put_to_end_seconds"].items():
        latency.add_row(count, str(figures["p50"]), str(figures["p95"]))
    stages = Table("function", "CPU ms", title="per picture, median")
    for name, milliseconds in results["cpu_milliseconds"].items():
        stages.add_row(name, str(milliseconds))
    console = Console()
    console.print(latency)
    console.print(stages)


if __name__ == "__main__":
    main()
