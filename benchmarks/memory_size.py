"""The MemorySize of each function, from its measured CPU and memory.

    python -m benchmarks.memory_size [--recorded] [--json FILE]

Each function runs in a process of its own under the runtime interface client, on drawn pictures of
12 megapixels. Lambda gives a share of a vCPU that grows with the memory
(docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). The duration at a setting is the
measured CPU over that share, plus the time spent waiting for AWS, which is assumed
(benchmarks.waits).

The functions from upload to outcome get the settings that make this way shortest for $0.01 per
1,000 pictures more than the cheapest, in both workflows (benchmarks.mixes). Every other function
gets the cheapest, and among settings within 2 % of that price, the fastest. Each setting handles
the worst case: it holds the largest accepted picture (docs/limits.json, by benchmarks.limits) with
a fifth to spare, and a cold call with that picture ends within a third of the function's Timeout
or, if people wait for it, within 1.25 s.

A test compares template.yaml with docs/memory_size.json; `--json docs/memory_size.json` renews it.
`--recorded` measures nothing: it chooses again from the CPU and memory in that file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from PIL import Image

from benchmarks.deployed import triggers
from benchmarks.memory_demand import SETTINGS, Demand, time_limit
from benchmarks.memory_tables import print_settings, print_ways
from benchmarks.mixes import chosen
from benchmarks.sweep import cpu_seconds_of_a_key
from benchmarks.waits import waiting
from benchmarks.way import recorded
from local.aws.execution_environment import ExecutionEnvironment
from local.aws.offline import OfflineAws
from local.executions import follow
from local.manifest import functions, template
from tests.support.camera_files import dng
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.invocation import Answer

_LIMITS = Path(__file__).parents[1] / "docs" / "limits.json"
_ROUNDS = 3
_DISPATCHED = 12
_KEYS, _BYTES_OF_AN_ID = 1_400_000, 140
# CPU seconds of the first TLS connection, which the offline AWS does not need: 22 ms to load the
# certificates of botocore, 2 to 3 ms for the handshake.
_FIRST_CONNECTION = 0.025
_INVOKED_HERE = {"HttpApi", "ScheduleV2", "DynamoDB"}
"""What invokes functions, besides the workflow and what follows from it; a backfill does, too."""
# Nobody listens there: each outcome is tried as often as it can be.
_PARAMETERS = {"WebhookUrl": "http://127.0.0.1:9/"}
_PARALLEL = {"thumbnail": 1 / 0.82}
"""What threads gain in more than one vCPU, by package: thumbnail.renditions.threads_for."""


@dataclass
class Usage:
    """What one function used: CPU seconds of each call, and its peak memory in MB.

    The first call of a process is `cold`: it includes the start of the interpreter and all imports.
    """

    cold: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0


def largest(function: str, limits: dict[str, Any]) -> tuple[float, float]:
    """Return CPU seconds and peak MB for the largest accepted pictures; 0 if it reads none.

    The sweep compares 1.4 million keys, and remembers their ids.
    """
    if functions()[function].package == "sweep":
        return _KEYS * cpu_seconds_of_a_key(), _KEYS * _BYTES_OF_AN_ID / 2**20
    step = functions()[function].package
    cells = [row[step] for row in limits.values() if step in row and not row["too_large"]]
    return max((cell["cpu_s"] for cell in cells), default=0.0), max(
        (cell["rss_mb"] for cell in cells), default=0.0
    )


def main() -> None:
    """Measure, choose, print."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.memory_size")
    arguments.add_argument("--recorded", action="store_true", help="measure nothing, choose again")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    if not _LIMITS.exists():
        raise SystemExit("first: python -m benchmarks.limits --json docs/limits.json")
    demands = _with_waits(recorded() if options.recorded else _measured())
    sizes = chosen(demands)
    results = {name: _result(name, demand, sizes[name]) for name, demand in demands.items()}
    print_settings(results)
    print_ways(demands, sizes)
    if options.json:
        lines = (f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in results.items())
        options.json.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _measured() -> dict[str, Demand]:
    """Run every function, and return its demand by logical id."""
    limits = json.loads(_LIMITS.read_text())
    used: dict[str, Usage] = defaultdict(Usage)
    recording = _recording(ExecutionEnvironment.invoke, used)
    with (
        mock.patch.object(ExecutionEnvironment, "invoke", recording),
        OfflineAws(functions="processes", parameters=_PARAMETERS) as aws,
    ):
        files = _files()
        for turn in range(_ROUNDS):
            _process(aws, files, str(turn))
        aws.queues.settle()
    used |= _dispatched() | _signed_in()
    return {name: _demand(name, usage, limits) for name, usage in sorted(used.items())}


def _dispatched() -> dict[str, Usage]:
    """Return what the dispatch function uses, which exists only with WorkflowType=EXPRESS."""
    used: dict[str, Usage] = defaultdict(Usage)
    with (
        mock.patch.object(
            ExecutionEnvironment, "invoke", _recording(ExecutionEnvironment.invoke, used)
        ),
        OfflineAws(functions="processes", parameters={"WorkflowType": "EXPRESS"}) as aws,
    ):
        bucket = aws.deployment.ref("UploadsBucket")
        for number in range(_DISPATCHED):
            aws.client("s3").put_object(Bucket=bucket, Key=f"uploads/{number}", Body=b"no picture")
            aws.queues.settle()
    return {name: usage for name, usage in used.items() if name == "DispatchFunction"}


def _signed_in() -> dict[str, Usage]:
    """Return what the console and the trigger of the user pool use, where people sign in."""
    used: dict[str, Usage] = defaultdict(Usage)
    names = ("ConsoleFunction", "SigninFunction")
    with (
        mock.patch.object(
            ExecutionEnvironment, "invoke", _recording(ExecutionEnvironment.invoke, used)
        ),
        OfflineAws(functions="processes", parameters={"Console": "true", "ApiAuth": "JWT"}) as aws,
    ):
        for name in names * _DISPATCHED:
            event = functions()[name].events[0].read_text(encoding="utf-8")
            aws.client("lambda").invoke(FunctionName=aws.deployment.ref(name), Payload=event)
    return dict(used)


def _with_waits(demands: Mapping[str, Demand]) -> dict[str, Demand]:
    return {
        name: replace(
            demand,
            waiting=waiting(name),
            parallel=_PARALLEL.get(functions()[name].package, 1.0),
        )
        for name, demand in demands.items()
    }


def _recording(
    genuine: Callable[[ExecutionEnvironment, str], Answer], used: dict[str, Usage]
) -> Callable[[ExecutionEnvironment, str], Answer]:
    """Wrap an invocation: read CPU and memory of the process before and after it."""
    seen: set[Path] = set()

    def invoke(self: ExecutionEnvironment, payload: str) -> Answer:
        process = Path(f"/proc/{self._process.pid}")
        before = _cpu_seconds(process)
        answer = genuine(self, payload)
        usage = used[self._function.logical_id]
        first = process not in seen
        seen.add(process)
        taken = _cpu_seconds(process)
        usage.cold.append(taken) if first else usage.cpu.append(taken - before)
        usage.peak = max(usage.peak, _peak_megabytes(process))
        return answer

    return invoke


def _cpu_seconds(process: Path) -> float:
    """User and system time, with ended threads, in ticks of 10 ms: proc(5), fields 14 and 15."""
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_megabytes(process: Path) -> float:
    status = (process / "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _files() -> dict[str, bytes]:
    """Make 12 megapixels as a JPEG, a PNG and a camera RAW, and a file that is not a picture."""
    noise = Image.effect_noise((1000, 750), 40).resize((4000, 3000))
    ramp = Image.linear_gradient("L").resize(noise.size)
    picture = Image.merge("RGB", (noise, ramp, noise))
    return {
        "raw.dng": dng(picture),
        "note.txt": b"not a picture",
        "photo.jpeg": file_of(picture, "JPEG"),
        "photo.png": file_of(picture, "PNG"),
    }


def _process(aws: OfflineAws, files: dict[str, bytes], turn: str) -> None:
    """Invoke every function: on pictures, on another file, and by its own triggers."""
    bucket = aws.deployment.ref("UploadsBucket")
    for name, data in files.items():
        key = f"uploads/{turn}/{name}"
        version = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=data)["VersionId"]
        (arn,) = aws.delivery.executions_of(key, version)
        execution = follow(aws, arn)
        if execution.status != "SUCCEEDED":
            raise SystemExit(execution.explanation)
        for name, function in functions().items():
            is_here = triggers(name) & _INVOKED_HERE and name in aws.deployment.functions
            if is_here or function.package == "backfill":
                aws.client("lambda").invoke(
                    FunctionName=aws.deployment.ref(name),
                    Payload=function.events[0].read_text(encoding="utf-8"),
                )


def _demand(name: str, usage: Usage, limits: dict[str, Any]) -> Demand:
    largest_cpu, largest_peak = largest(name, limits)
    return Demand(
        cpu=statistics.mean(usage.cpu),  # of many calls, because one has the precision of a tick
        cold_cpu=statistics.median(usage.cold) + _FIRST_CONNECTION,
        peak=usage.peak,
        largest_cpu=largest_cpu,
        largest_peak=largest_peak,
        waiting=0.0,
    )


def _result(function: str, demand: Demand, size: int) -> dict[str, Any]:
    limit = time_limit(function, template()["Resources"][function]["Properties"]["Timeout"])
    return {
        "demand": {name: round(value, 3) for name, value in asdict(demand).items()},
        "recommended_mb": size,
        "settings": {
            str(size): {
                "milliseconds": round(demand.seconds(size) * 1000),
                "usd_per_thousand": round(demand.dollars(size), 5),
                "fits": demand.fits(size, limit),
            }
            for size in SETTINGS
        },
    }


if __name__ == "__main__":
    main()
