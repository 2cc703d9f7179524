"""What uploads, requests and sweeps use of each service of AWS, for the cost model.

    python -m benchmarks.cost [--rounds N | --recorded] [--json FILE]

The first run, in this process, counts the calls of functions and of the state machine, the states,
the capacity units of DynamoDB, the lines of the logs and the bytes stored. The second one runs each
function in a process of its own, whose CPU it reads. How long functions wait follows from the calls
at an assumed latency each (benchmarks.waits).

`python -m ops cost` reads docs/cost_usage.json; `--json docs/cost_usage.json` renews it.
`--recorded` measures no CPU: it counts again, and keeps the CPU of that file. The file also holds
what 1,000 uploads cost; a test fails when that has risen by 2 %.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from benchmarks.cost.pictures import drawn
from benchmarks.cost.running import Recorder, asking, sweeping, uploading
from benchmarks.way import DISPATCH, recorded
from local.aws.execution_environment import ExecutionEnvironment
from local.aws.offline import OfflineAws
from ops.cost.report import WORKFLOWS
from ops.cost.run import default_report
from ops.cost.usage import Invocations, Measured, Usage, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from local.aws.invocation import Answer

    Files = Mapping[str, tuple[str, bytes]]
    Cpu = Mapping[str, Mapping[str, Sequence[float]]]
    Taken = dict[str, dict[str, list[float]]]

_SWEEP = "sweep"
_OF_EVERY_FUNCTION = ("heic", "refused")
_UPLOAD_REQUEST = {"filename": "photo.jpg", "content_type": "image/jpeg", "bytes": 3_500_000}


def main() -> None:
    """Measure, and print or write the record."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.cost")
    arguments.add_argument("--rounds", type=int, default=5, help="of the CPU (default 5)")
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    arguments.add_argument("--recorded", action="store_true", help="measure no CPU, count again")
    options = arguments.parse_args()
    files = drawn()
    with OfflineAws() as aws:
        counted = count(aws, files)
    cpu = recorded_cpu() if options.recorded else _cpu(files, options.rounds)
    text = written(with_cpu(counted, cpu))
    print(text)
    if options.json:
        options.json.write_text(text, encoding="utf-8")


def count(aws: OfflineAws, files: Files) -> Measured:
    """Count what everything uses; CPU is not measured."""
    recorder = Recorder(aws)
    with recorder.opened():
        kinds = {}
        for kind in _OF_EVERY_FUNCTION:  # the first call of each says so in its log
            name, data = files[kind]
            uploading(aws, f"uploads/cost/first/{name}", data)
        for kind, (name, data) in files.items():
            work = partial(uploading, aws, f"uploads/cost/counted/{name}", data)
            kinds[kind] = _with_the_upload(recorder.during(work))
        image = f"/images?key=uploads/cost/counted/{files['photo'][0]}"
        for _ in range(2):
            requests = {
                "read": recorder.during(partial(asking, aws, image)),
                "create": recorder.during(partial(asking, aws, "/images", _UPLOAD_REQUEST)),
            }
            swept = recorder.during(partial(sweeping, aws))
    demands = recorded()
    return Measured(
        kinds=kinds,
        requests=requests,
        sweep=swept,
        dispatch=Invocations(1, demands[DISPATCH].cpu, demands[DISPATCH].waiting),
        init={name: round(each.cold_cpu - each.cpu, 3) for name, each in demands.items()},
        parallel={name: each.parallel for name, each in demands.items() if each.parallel > 1},
        metrics=len(recorder.metrics),
    )


def recorded_cpu() -> Cpu:
    """Return the CPU seconds in the record."""
    known = measured()
    usages = {**known.kinds, **known.requests, _SWEEP: known.sweep}
    return {
        name: {function: [each.cpu] for function, each in usage.functions.items()}
        for name, usage in usages.items()
    }


def _with_the_upload(usage: Usage) -> Usage:
    """Add what a person's upload uses: a request of S3 and the event that it causes."""
    quantities = dict(usage.quantities)
    quantities["s3_puts"] = quantities.get("s3_puts", 0) + 1
    return replace(usage, quantities={**quantities, "eventbridge_events": 1})


def _cpu(files: Files, rounds: int) -> Cpu:
    """Return CPU seconds of each function, by what was done and in total over the rounds."""
    taken: Taken = defaultdict(lambda: defaultdict(list))
    doing = [""]
    recording = _recording(ExecutionEnvironment.invoke, taken, doing)
    with (
        mock.patch.object(ExecutionEnvironment, "invoke", recording),
        OfflineAws(functions="processes") as aws,
    ):
        for turn in range(rounds + 1):
            for kind, (name, data) in files.items():
                doing[0] = kind if turn else ""
                uploading(aws, f"uploads/{turn}/{name}", data)
                aws.streams.settle()
            doing[0] = "read" if turn else ""
            asking(aws, f"/images?key=uploads/{turn}/{files['photo'][0]}")
            doing[0] = "create" if turn else ""
            asking(aws, "/images", _UPLOAD_REQUEST)
            doing[0] = _SWEEP if turn else ""
            sweeping(aws)
    return taken


def _recording(
    genuine: Callable[[ExecutionEnvironment, str], Answer], taken: Taken, doing: list[str]
) -> Callable[[ExecutionEnvironment, str], Answer]:
    def invoke(self: ExecutionEnvironment, payload: str) -> Answer:
        process = Path(f"/proc/{self._process.pid}/stat")
        before = _cpu_seconds(process)
        answer = genuine(self, payload)
        taken[doing[0]][self._function.logical_id].append(_cpu_seconds(process) - before)
        return answer

    return invoke


def _cpu_seconds(process: Path) -> float:
    """User and system time, with ended threads, in ticks of 10 ms: proc(5), fields 14 and 15."""
    fields = process.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def with_cpu(counted: Measured, cpu: Cpu) -> Measured:
    """Return what was counted, with the CPU of each function."""

    def measured_one(name: str, usage: Usage) -> Usage:
        taken = cpu.get(name, {})
        functions = {
            function: replace(each, cpu=round(_mean(taken.get(function, [])), 4))
            for function, each in usage.functions.items()
        }
        return replace(usage, functions=functions)

    return replace(
        counted,
        kinds={name: measured_one(name, each) for name, each in counted.kinds.items()},
        requests={name: measured_one(name, each) for name, each in counted.requests.items()},
        sweep=measured_one(_SWEEP, counted.sweep),
    )


def _mean(taken: Sequence[float]) -> float:
    return sum(taken) / len(taken) if taken else 0.0


def dollars(found: Measured) -> dict[str, dict[str, float]]:
    """Return what 1,000 ordinary uploads cost with the template's defaults, by workflow."""
    rows = {}
    for workflow in WORKFLOWS:
        report = default_report(measured=found).of("arm64", workflow)
        total, without = report.per_thousand
        rows[workflow] = {"all": round(total, 5), "without_rekognition": round(without, 5)}
    return rows


def written(found: Measured) -> str:
    """Write a record as JSON, a line for each upload, request and sweep."""
    row = {**asdict(found), "usd_per_thousand": dollars(found)}
    lines = []
    for name, value in row.items():
        if name in {"kinds", "requests"}:
            rows = ",\n".join(f"    {json.dumps(key)}: {json.dumps(value[key])}" for key in value)
            lines.append(f"  {json.dumps(name)}: {{\n{rows}\n  }}")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    main()
