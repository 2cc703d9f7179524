"""Which MemorySize is the cheapest for each function, from the CPU that it was measured to use.

    python -m benchmarks.memory_size [--waiting MS] [--json FILE]

Each function runs in a process of its own under the runtime interface client, on drawn pictures of
12 megapixels. Lambda gives a share of a vCPU that grows with the memory up to one at 1,769 MB
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html), so a setting's duration is the
measured CPU over that share plus the time spent waiting for AWS, which is not measured but assumed.
The cheapest setting is taken among those that hold the measured memory with a third to spare; of
settings within 2 % of its price, the fastest.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from PIL import Image
from rich.console import Console
from rich.table import Table

from local.aws.execution_environment import ExecutionEnvironment
from local.aws.offline import OfflineAws
from local.executions import follow
from tests.camera_files import dng

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.invocation import Answer

SETTINGS = (256, 384, 512, 768, 1024, 1280, 1536, 1769, 2048, 2560, 3008)
_WHOLE_VCPU = 1769
_SPARE = 4 / 3
_AS_CHEAP = 1.02
_ROUNDS = 3
_ARM_GB_SECOND = 0.0000133334  # USD, us-east-1; aws.amazon.com/lambda/pricing


@dataclass
class Usage:
    """What one function used: CPU seconds of each call, and its peak memory in MB."""

    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0


def main() -> None:
    """Measure, choose, print."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.memory_size")
    arguments.add_argument("--waiting", type=float, default=60, help="ms for AWS (default 60)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    used: dict[str, Usage] = defaultdict(Usage)
    recording = _recording(ExecutionEnvironment.invoke, used)
    with (
        mock.patch.object(ExecutionEnvironment, "invoke", recording),
        OfflineAws(functions="processes") as aws,
    ):
        configured = {name: made.memory for name, made in aws.deployment.functions.items()}
        _process(aws, "warm")
        used.clear()
        for turn in range(_ROUNDS):
            _process(aws, str(turn))
    results = [
        _choice(name, usage, configured[name], options.waiting / 1000)
        for name, usage in sorted(used.items())
    ]
    _print(results)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def _recording(
    genuine: Callable[[ExecutionEnvironment, str], Answer], used: dict[str, Usage]
) -> Callable[[ExecutionEnvironment, str], Answer]:
    """Invoke as ever, and look at the process before and after."""

    def invoke(self: ExecutionEnvironment, payload: str) -> Answer:
        process = Path(f"/proc/{self._process.pid}")
        before = _cpu_seconds(process)
        answer = genuine(self, payload)
        usage = used[self._function.logical_id]
        usage.cpu.append(_cpu_seconds(process) - before)
        usage.peak = max(usage.peak, _peak_megabytes(process))
        return answer

    return invoke


def _cpu_seconds(process: Path) -> float:
    """User and system time, of ended threads too (proc(5), fields 14 and 15), in ticks of 10 ms."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_megabytes(process: Path) -> float:
    status = (process / "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _pictures() -> dict[str, bytes]:
    """12 megapixels as a JPEG, as a PNG and as a camera RAW."""
    noise = Image.effect_noise((1000, 750), 40).resize((4000, 3000))
    ramp = Image.linear_gradient("L").resize(noise.size)
    picture = Image.merge("RGB", (noise, ramp, noise))
    files = {"raw.dng": dng(picture)}
    for name in ("jpeg", "png"):
        file = io.BytesIO()
        picture.save(file, name)
        files[f"photo.{name}"] = file.getvalue()
    return files


def _process(aws: OfflineAws, turn: str) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    for name, data in _pictures().items():
        key = f"uploads/{turn}/{name}"
        version = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]
        (arn,) = aws.delivery.executions_of(key, version)
        execution = follow(aws, arn)
        if execution.status != "SUCCEEDED":
            raise SystemExit(execution.explanation)


def _choice(name: str, usage: Usage, configured: int, waiting: float) -> dict[str, Any]:
    cpu = statistics.mean(usage.cpu)  # of many calls: one alone is a matter of ticks
    durations = {size: cpu / min(1.0, size / _WHOLE_VCPU) + waiting for size in SETTINGS}
    prices = {size: size / 1024 * seconds for size, seconds in durations.items()}  # GB-s
    large_enough = [size for size in SETTINGS if size >= usage.peak * _SPARE] or [SETTINGS[-1]]
    cheapest = min(prices[size] for size in large_enough)
    chosen = max(size for size in large_enough if prices[size] <= cheapest * _AS_CHEAP)
    return {
        "function": name,
        "cpu_ms": round(cpu * 1000),
        "peak_mb": round(usage.peak),
        "cheapest_mb": chosen,
        "template_mb": configured,
        "gb_seconds": {str(size): round(price, 4) for size, price in prices.items()},
        "milliseconds": {str(size): round(taken * 1000) for size, taken in durations.items()},
        "usd_per_million": round(prices[chosen] * _ARM_GB_SECOND * 1_000_000, 2),
    }


def _print(results: list[dict[str, Any]]) -> None:
    table = Table("function", "CPU ms", "peak MB", "cheapest MB", "template MB", "USD per million")
    for row in results:
        cells = ("cpu_ms", "peak_mb", "cheapest_mb", "template_mb", "usd_per_million")
        table.add_row(row["function"], *(str(row[cell]) for cell in cells))
    Console().print(table)


if __name__ == "__main__":
    main()
