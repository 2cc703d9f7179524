"""Starts, watches, pauses and resumes backfills."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.errors import UsageError
from ops.backfill.runs import Backfills
from ops.pace import Pace, Patience, now_and_then
from ops.table import READ_UNITS_PER_SECOND, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.aws import Aws
    from ops.backfill.runs import Run
    from ops.rerun.selection import Selection

    Say = Callable[[str], None]

_BAR = 30


@dataclass(frozen=True)
class Options:
    """How a backfill works.

    Args:
        concurrency: the most images in work at once.
        batch: the most keys that are decided about at once.
        tolerate: the percentage of images that may fail before it stops.
        only: the one action that is wanted; "" for any.
        dry_run: decide only.
    """

    concurrency: int
    batch: int
    tolerate: float
    only: str
    dry_run: bool

    def told(self) -> dict[str, Any]:
        """Return them as the state machine takes them."""
        return {
            "concurrency": self.concurrency,
            "batch": self.batch,
            "tolerate": self.tolerate,
            "only": self.only,
            "dry_run": self.dry_run,
        }


def start(
    aws: Aws, stack: str, source: dict[str, str], selection: Selection | None, options: Options,
    say: Say,
) -> None:  # fmt: skip
    """Start a backfill.

    Args:
        aws: the caller's account.
        stack: its name.
        source: a prefix or an inventory; unused with a selection.
        selection: of records, whose keys are listed first; None for a source.
        options: how it works.
        say: called with each line to print.

    Raises:
        UsageError: there is nothing to read, or another backfill is at work.
    """
    backfills = Backfills.of(aws, stack)
    if run := backfills.running():
        message = f"the backfill {run.backfill} is at work: wait for it, or pause it"
        raise UsageError(message)
    now = datetime.now(UTC)
    milliseconds = f"{now.microsecond // 1000:03}"
    backfill = f"backfill-{now:%Y%m%d-%H%M%S}-{milliseconds}"
    if selection is not None:
        source = _listed(backfills, backfill, selection, say)
    else:
        _check(backfills, source)
    since = f"{now:%Y-%m-%dT%H:%M:%S}.{milliseconds}Z"
    given = {
        "backfill": backfill,
        "since": since,
        "source": source,
        "options": options.told(),
    }
    say(f"{backfill}: started as {backfills.begin(backfill, 1, given)}")
    if options.dry_run:
        say("it only decides: see `report` when it has ended; `resume` does what it has decided")


def _check(backfills: Backfills, source: dict[str, str]) -> None:
    """Look whether there is anything to read.

    Raises:
        UsageError: there is not.
    """
    s3 = backfills.aws.client("s3")
    if source["type"] == "prefix":
        bucket = backfills.stack.output("UploadsBucketName")
        found = s3.list_objects_v2(Bucket=bucket, Prefix=source["prefix"], MaxKeys=1)
        if not found.get("KeyCount"):
            message = f"no object of {bucket} begins with {source['prefix']}"
            raise UsageError(message)
    elif backfills.stack.parameters.get("InventoryBucket") != source["bucket"]:
        message = f"the stack may not read {source['bucket']}: deploy it with InventoryBucket"
        raise UsageError(message)
    else:
        s3.head_object(Bucket=source["bucket"], Key=source["key"])


def _listed(backfills: Backfills, backfill: str, selection: Selection, say: Say) -> dict[str, str]:
    """Write the keys of the selected records to S3.

    Raises:
        UsageError: none is selected.
    """
    table = Table(
        backfills.aws.client("dynamodb"),
        backfills.stack.output("ImagesTableName"),
        Pace(READ_UNITS_PER_SECOND),
        Patience(say),
        now_and_then(lambda: say(f"records read: {table.read:,} …")),
    )
    lines = [json.dumps({"key": record["key"]}) for record in table.selected(selection)]
    if not lines:
        raise UsageError("no record meets these conditions")
    key = f"backfill/{backfill}/keys.jsonl"
    body = "".join(f"{line}\n" for line in lines).encode()
    backfills.aws.client("s3").put_object(Bucket=backfills.bucket, Key=key, Body=body)
    say(f"{len(lines):,} records are selected")
    return {"type": "keys", "bucket": backfills.bucket, "key": key}


def status(aws: Aws, stack: str, backfill: str | None, say: Say) -> None:
    """Print how far a backfill is."""
    backfills = Backfills.of(aws, stack)
    run = backfills.runs(backfill)[0]
    say(f"{run.backfill}, run {run.number}: {run.status.lower()}")
    stepfunctions = backfills.stepfunctions
    for each in stepfunctions.list_map_runs(executionArn=run.arn)["mapRuns"]:
        described = stepfunctions.describe_map_run(mapRunArn=each["mapRunArn"])
        is_processing = "/Process" in each["mapRunArn"]
        say(_progress("process" if is_processing else "select", described["itemCounts"]))


def _progress(name: str, counts: dict[str, int]) -> str:
    total = counts["total"]
    ended = sum(counts[each] for each in ("succeeded", "failed", "timedOut", "aborted"))
    filled = round(_BAR * ended / total) if total else 0
    bar = "█" * filled + "░" * (_BAR - filled)
    return (
        f"{name:8} {bar} {ended:,} of {total:,}: {counts['succeeded']:,} done, "
        f"{counts['failed'] + counts['timedOut']:,} failed, {counts['running']:,} in work"
    )


def pause(aws: Aws, stack: str, backfill: str | None, say: Say) -> None:
    """Stop a backfill; images in work come to their end.

    Raises:
        UsageError: it is not at work.
    """
    backfills = Backfills.of(aws, stack)
    run = backfills.runs(backfill)[0]
    if run.status != "RUNNING":
        message = f"{run.backfill} is not at work: it is {run.status.lower()}"
        raise UsageError(message)
    backfills.stepfunctions.stop_execution(executionArn=run.arn, error="Paused")
    say(f"{run.backfill}: paused. Images in work come to their end; `resume` does the rest")


def resume(aws: Aws, stack: str, backfill: str | None, say: Say) -> None:
    """Start another run of a backfill, which skips what is done; after a dry run, a real one.

    Raises:
        UsageError: a run is at work, or the backfill is complete.
    """
    backfills = Backfills.of(aws, stack)
    run: Run = backfills.runs(backfill)[0]
    if at_work := backfills.running():
        message = f"the backfill {at_work.backfill} is at work"
        raise UsageError(message)
    given = backfills.given(run)
    given["options"]["dry_run"] = False
    arn = backfills.begin(run.backfill, run.number + 1, given)
    say(f"{run.backfill}: resumed as {arn}")
