"""`python -m ops backfill` on the deployed template: sources, dry run, limits, wrong use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.support.inventories import write_inventory
from tests.support.pictures import gradient_file

with isolated():
    from local.aws.calls import BACKFILL, intercepted
    from local.executions import follow
    from ops.cli import main
    from tests.faults.kinds import refusal
    from tests.integration.conftest import INVENTORY
    from tests.integration.story import process

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws

    Ops = Callable[..., tuple[int, str]]


@pytest.fixture
def ops(capsys: pytest.CaptureFixture[str]) -> Ops:
    """Function that runs a command, and returns its exit code and what it prints."""

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["backfill", *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def place(aws: OfflineAws, *keys: str) -> None:
    """Put pictures into the bucket that the pipeline has not seen."""
    for key in keys:
        aws.place(key, f"version of {key}", gradient_file(size=(90, 90)), "image/jpeg")


def newest(aws: OfflineAws) -> Any:
    """Wait for the end of the newest run."""
    listed = aws.client("stepfunctions").list_executions(
        stateMachineArn=aws.deployment.ref(BACKFILL)
    )
    return follow(aws, listed["executions"][0]["executionArn"])


def reported(ops: Ops) -> dict[str, tuple[str, str]]:
    """Return outcome and action by key, as the report tells them."""
    _, printed = ops("report", "--format", "json")
    return {each["key"]: (each["outcome"], each["action"]) for each in json.loads(printed)}


def status(aws: OfflineAws, key: str) -> str:
    records = aws.client("dynamodb").scan(TableName=aws.deployment.ref("ImagesTable"))["Items"]
    found = [each for each in records if each.get("key", {}).get("S") == key]
    return str(found[0]["status"]["S"]) if found else "unknown"


def test_a_dry_run_decides_and_resume_processes(aws: OfflineAws, ops: Ops) -> None:
    keys = [f"uploads/backfill/dry/{name}" for name in ("one.jpg", "two words.jpg")]
    place(aws, *keys)
    code, printed = ops("start", "--prefix", "uploads/backfill/dry/", "--dry-run")
    assert (code, "only decides" in printed) == (0, True)
    assert newest(aws).status == "SUCCEEDED"
    assert reported(ops) == dict.fromkeys(keys, ("left", "all"))
    assert [status(aws, key) for key in keys] == ["unknown"] * 2
    assert ops("report")[0] == 1

    assert ops("resume")[0] == 0
    assert newest(aws).status == "SUCCEEDED"
    assert reported(ops) == dict.fromkeys(keys, ("done", "all"))
    assert [status(aws, key) for key in keys] == ["approved"] * 2
    code, printed = ops("status")
    assert "2 of 2: 2 done, 0 failed, 0 in work" in printed
    code, printed = ops("report")
    assert (code, "2  done     all" in printed) == (0, True)


def test_an_inventory_is_a_source(aws: OfflineAws, ops: Ops) -> None:
    keys = [f"uploads/backfill/inventory/{name}" for name in ("a+b.jpg", "ü 100%.jpg")]
    place(aws, *keys)
    manifest = write_inventory(aws.client("s3"), INVENTORY, keys)

    assert ops("start", "--inventory", manifest)[0] == 0

    assert newest(aws).status == "SUCCEEDED"
    assert reported(ops) == dict.fromkeys(keys, ("done", "all"))


def test_records_with_a_status_are_a_source(aws: OfflineAws, ops: Ops) -> None:
    prefix = "uploads/backfill/status/"
    process(aws, f"{prefix}approved.jpg", gradient_file())
    process(aws, f"{prefix}refused.jpg", b"not a picture")
    assert ops("start", "--status", "rejected", "--prefix", prefix)[0] == 0
    assert newest(aws).status == "SUCCEEDED"
    assert reported(ops) == {f"{prefix}refused.jpg": ("skipped", "skip")}


def test_a_backfill_stops_when_too_many_fail(aws: OfflineAws, ops: Ops) -> None:
    prefix = "uploads/backfill/failing/"
    place(aws, *(f"{prefix}{number}" for number in range(4)))

    def refused(call: Call, perform: Callable[[], Any]) -> Any:
        if (call.caller, call.operation) == (BACKFILL, "StartExecution"):
            raise refusal(call, "AccessDeniedException", 400)
        return perform()

    with intercepted(aws.deployment, refused):
        options = ("--tolerate", "30", "--concurrency", "1")
        assert ops("start", "--prefix", prefix, *options)[0] == 0
        execution = newest(aws)
    assert execution.status == "FAILED"
    assert execution.error == "States.ExceedToleratedFailureThreshold"
    outcomes = [outcome for outcome, _ in reported(ops).values()]
    assert sorted(outcomes) == ["failed", "failed", "left", "left"]
    assert ops("resume")[0] == 0
    assert newest(aws).status == "SUCCEEDED"
    assert [outcome for outcome, _ in reported(ops).values()] == ["done"] * 4
    code, printed = ops("pause")
    assert code == 2
    assert "is not at work" in printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("start", "--prefix", "uploads/backfill/none/"), "begins with uploads/backfill/none/"),
        (("start", "--status", "review", "--prefix", "uploads/backfill/none/"), "no record meets"),
        (("start", "--inventory", "s3://another/manifest.json"), "deploy it with InventoryBucket"),
        (("status", "backfill-1"), "there is no backfill backfill-1"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_cannot_be_done_is_told_in_one_line(
    ops: Ops, arguments: tuple[str, ...], told: str
) -> None:
    code, printed = ops(*arguments)
    assert code == 2
    assert told in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("start", "--inventory", "s3://bucket/data.csv"),
        ("start", "--inventory", "s3://bucket/manifest.json", "--prefix", "uploads/"),
        ("start", "--batch", "1001"),
        ("start", "--tolerate", "101"),
        ("start", "--concurrency", "0"),
        ("begin",),
    ],
)
def test_wrong_options_are_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["backfill", *arguments])
    assert capsys.readouterr().err.splitlines()[-1].startswith("python -m ops")
