"""Reports what became of every image of a backfill, from the files that its runs have written."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from ops.backfill.runs import Backfills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.aws import Aws

_ORDER = {"left": 0, "skipped": 1, "failed": 2, "done": 3}
DONE_SINCE = "done since the backfill began"
"""Why the function skips an image that an earlier run has processed."""
_OF_EXPRESS = "ExecutionFailed"
"""The error of a child whose Express execution has failed; the cause is the error of that."""


class Line(NamedTuple):
    """What became of an image: `done`, `failed`, `skipped` or `left`, and why."""

    key: str
    outcome: str
    action: str = ""
    why: str = ""


def report(
    aws: Aws, stack: str, backfill: str | None, form: str, say: Callable[[str], None]
) -> int:
    """Print the report, as text, CSV or JSON.

    Returns:
        The number of images that failed or are left.
    """
    backfills = Backfills.of(aws, stack)
    name = backfills.runs(backfill)[0].backfill
    lines = merged(_lines(aws.client("s3"), backfills.bucket, f"backfill/{name}/"))
    if form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(Line._fields)
        writer.writerows(lines)
    elif form == "json":
        say(json.dumps([line._asdict() for line in lines], ensure_ascii=False, indent=1))
    else:
        say(name)
        counts = Counter((line.outcome, line.action, line.why) for line in lines)
        for (outcome, action, why), count in sorted(counts.items()):
            say(f"{count:>10,}  {outcome:8} {action:11} {why}".rstrip())
    return sum(line.outcome in {"failed", "left"} for line in lines)


def merged(lines: Iterator[tuple[str, Line]]) -> list[Line]:
    """Return one line for each key: what is done stays done, otherwise the last run tells.

    Args:
        lines: each with the name of its run.
    """
    best: dict[str, tuple[bool, str, int, Line]] = {}
    for run, line in lines:
        rank = (line.outcome == "done", run.rjust(80), _ORDER[line.outcome], line)
        if line.key not in best or rank > best[line.key]:
            best[line.key] = rank
    return [best[key][3] for key in sorted(best)]


def _lines(s3: Any, bucket: str, prefix: str) -> Iterator[tuple[str, Line]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for key in [each["Key"] for page in pages for each in page.get("Contents", [])]:
        run, _, rest = key.removeprefix(prefix).partition("/")
        kind, _, file = rest.partition("/")
        if kind in {"select", "process"} and not file.endswith("manifest.json"):
            for child in json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()):
                told = _selected(child) if kind == "select" else _processed(child)
                yield from ((run, line) for line in told)


def _selected(child: dict[str, Any]) -> Iterator[Line]:
    if child["Status"] == "SUCCEEDED":
        for each in json.loads(child["Output"])["decisions"]:
            why = each.get("why", "")
            outcome = "skipped" if each["action"] == "skip" else "left"
            outcome = "done" if why == DONE_SINCE else outcome
            yield Line(each["key"], outcome, each["action"], why)
        return
    is_left = child["Status"] in {"PENDING", "ABORTED"}
    for each in json.loads(child["Input"])["Items"]:
        yield Line(each["key"], "left" if is_left else "failed", "", _why(child))


def _processed(child: dict[str, Any]) -> Iterator[Line]:
    given = json.loads(child["Input"])
    if child["Status"] == "SUCCEEDED":
        yield Line(given["key"], "done", given["action"])
        return
    outcome = "left" if child["Status"] in {"PENDING", "ABORTED"} else "failed"
    yield Line(given["key"], outcome, given["action"], _why(child))


def _why(child: dict[str, Any]) -> str:
    """Return the error of a pipeline where a child tells of one, otherwise its own."""
    cause = child.get("Cause", "")
    if child.get("Error") == _OF_EXPRESS:
        return str(cause)
    try:
        nested = json.loads(cause)
    except ValueError:
        nested = {}
    error = nested.get("Error") if isinstance(nested, dict) else None
    return str(error or child.get("Error", ""))
