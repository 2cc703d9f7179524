"""What it saves to keep Rekognition's answers, counted on an offline run.

    python -m benchmarks.kept_answers [--pictures N] [--repeated PERCENT] [--json FILE]

The pictures go through the whole pipeline twice, with `KeepAnswersDays` and without. Some of
them are uploaded again under another name. Then all are processed again, as after a change of the
policy. Calls of Rekognition and requests to the table of answers are counted and priced.
"""

from __future__ import annotations

import argparse
import json
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.calls import intercepted
    from local.aws.offline import OfflineAws
    from tests.integration.story import ended, process

from rich.console import Console
from rich.table import Table

from benchmarks.synthetic_photos import scene
from image_pipeline.events import RERUN, look_at
from ops.cost.prices import price
from tests.support.pictures import file_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.aws.calls import Call

# Units of a request to a small item; the read is a consistent one.
_READ_UNITS, _WRITE_UNITS = 1.0, 1.0


def measure(days: int, uploads: Iterable[bytes]) -> dict[str, float]:
    """Process uploads and process them again; return calls, and dollars for 1,000 outcomes."""
    seen: Counter[str] = Counter()

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if call.caller == "ModerateFunction":
            is_answer = "AnswersTable" in json.dumps(call.parameters, default=str)
            seen[call.operation] += call.operation == "DetectModerationLabels" or is_answer
        return perform()

    with (
        OfflineAws(parameters={"KeepAnswersDays": str(days)}) as aws,
        intercepted(aws.deployment, around),
    ):
        images = [
            process(aws, f"uploads/{number}.jpg", data).image for number, data in enumerate(uploads)
        ]
        for image in images:
            _again(aws, image["key"])
    outcomes = 2 * len(images)
    asked, read, written = (seen[each] for each in ("DetectModerationLabels", "GetItem", "PutItem"))
    dollars = (
        asked * price("rekognition").usd
        + read * _READ_UNITS * price("dynamodb_reads").usd
        + written * _WRITE_UNITS * price("dynamodb_writes").usd
    )
    return {
        "outcomes": outcomes,
        "asked": asked,
        "read": read,
        "written": written,
        "usd_per_thousand": round(1000 * dollars / outcomes, 5),
    }


def _again(aws: OfflineAws, key: str) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    started = aws.client("stepfunctions").start_execution(
        name=str(uuid.uuid4()),
        stateMachineArn=aws.deployment.ref("ImagePipelineStateMachine"),
        input=json.dumps(look_at(bucket, key, RERUN, "2026-01-01T00:00:00Z")),
    )
    ended(aws, started["executionArn"])


def _uploads(pictures: int, repeated: int) -> list[bytes]:
    """Return pictures, of which a percentage repeats the first ones."""
    different = pictures - pictures * repeated // 100
    drawn = [file_of(scene((400, 300), seed)) for seed in range(different)]
    return [*drawn, *(drawn[number % different] for number in range(pictures - different))]


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.kept_answers")
    arguments.add_argument("--pictures", type=int, default=50, help="uploads (default: 50)")
    arguments.add_argument(
        "--repeated", type=int, default=10, help="percent that repeat others (default: 10)"
    )
    arguments.add_argument("--json", type=Path, help="write the results here as well")
    options = arguments.parse_args()
    uploads = _uploads(options.pictures, options.repeated)
    found = {str(days): measure(days, uploads) for days in (0, 30)}
    table = Table("days", "outcomes", "asked", "read", "written", "USD per 1,000 outcomes")
    for days, row in found.items():
        table.add_row(days, *map(str, row.values()))
    Console().print(table)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
