"""`python -m ops backfill` where executions are Express: the same outcomes, counts and report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline.tries import try_of
from local.aws.calls import BACKFILL, STATE_MACHINE, intercepted
from local.executions import follow
from ops.cli import main
from tests.express.test_express import record
from tests.faults.kinds import KINDS, refusal
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws
    from tests.express.test_express import Told

FOLDER = "uploads/express/backfill/"


def place(aws: OfflineAws, key: str) -> None:
    """Put a picture into the bucket that the pipeline has not seen."""
    aws.place(key, f"version of {key}", gradient_file(), "image/jpeg")


def backfill(aws: OfflineAws, *arguments: str) -> str:
    """Run a command, wait for the end of the state machine, and return its status."""
    assert main(["backfill", *arguments]) == 0
    listed = aws.client("stepfunctions").list_executions(
        stateMachineArn=aws.deployment.ref(BACKFILL)
    )
    return follow(aws, listed["executions"][0]["executionArn"]).status


def reported(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """Return outcome and reason by key, as the report tells them."""
    capsys.readouterr()
    main(["backfill", "report", "--format", "json"])
    lines = json.loads(capsys.readouterr().out)
    return {each["key"]: (each["outcome"], each["why"]) for each in lines}


def to_the_first(
    times: int, happen: Callable[[Call, Callable[[], Any]], Any]
) -> Callable[[Call, Callable[[], Any]], Any]:
    """Make what happens to the first calls by which the backfill runs executions."""
    left = [times]

    def around(call: Call, perform: Callable[[], Any]) -> Any:
        if (call.caller, call.operation) == (BACKFILL, "StartSyncExecution") and left[0]:
            left[0] -= 1
            return happen(call, perform)
        return perform()

    return around


def unable_to_store(call: Call, perform: Callable[[], Any]) -> Any:
    """Refuse every invocation of the function that ends the pipeline."""
    if call.caller == STATE_MACHINE and "-StoreFunction-" in call.parameters.get(
        "FunctionName", ""
    ):
        raise refusal(call, "ServiceException", 500)
    return perform()


def test_images_are_processed_and_what_is_done_is_skipped(
    aws: OfflineAws, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [f"{FOLDER}plain/{name}.jpg" for name in ("one", "two words")]
    for key in keys:
        place(aws, key)
    assert backfill(aws, "start", "--prefix", f"{FOLDER}plain/") == "SUCCEEDED"
    assert reported(capsys) == dict.fromkeys(keys, ("done", ""))
    assert [record(aws, key)["status"] for key in keys] == ["approved"] * 2
    assert sorted(each["key"] for each in told()) == keys
    main(["backfill", "status"])
    assert "process  ██████████████████████████████ 2 of 2: 2 done" in capsys.readouterr().out

    assert backfill(aws, "start", "--prefix", f"{FOLDER}plain/") == "SUCCEEDED"
    assert reported(capsys) == dict.fromkeys(keys, ("skipped", "done"))


@pytest.mark.parametrize("kind", ["connection reset", "throttled", "server error"])
def test_a_call_that_fails_is_repeated_as_a_later_try(
    aws: OfflineAws, told: Told, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    key = f"{FOLDER}{kind.replace(' ', '-')}/photo.jpg"
    place(aws, key)
    with intercepted(aws.deployment, to_the_first(2, KINDS[kind].happen)):
        assert backfill(aws, "start", "--prefix", key) == "SUCCEEDED"
    assert reported(capsys) == {key: ("done", "")}
    found = try_of(record(aws, key)["execution"])
    assert found is not None
    assert found.number == 3
    assert [each["status"] for each in told()] == ["approved"]


def test_an_execution_whose_answer_is_lost_is_not_processed_again(
    aws: OfflineAws, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"{FOLDER}lost/photo.jpg"
    place(aws, key)
    with intercepted(aws.deployment, to_the_first(1, KINDS["answer lost"].happen)):
        assert backfill(aws, "start", "--prefix", key) == "SUCCEEDED"
    assert reported(capsys) == {key: ("done", "")}
    found = try_of(record(aws, key)["execution"])
    assert found is not None
    assert found.number == 1
    # Announced again, under the same id: the first execution leaves no history to look at.
    messages = told()
    assert [each["status"] for each in messages] == ["approved"] * 2
    assert len({each["id"] for each in messages}) == 1


def test_an_execution_that_fails_is_recorded_announced_and_resumed(
    aws: OfflineAws, told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"{FOLDER}failing/photo.jpg"
    place(aws, key)
    with intercepted(aws.deployment, unable_to_store):
        status = backfill(aws, "start", "--prefix", key, "--tolerate", "100")
    assert status == "SUCCEEDED"
    assert reported(capsys) == {key: ("failed", "Lambda.ServiceException")}
    assert record(aws, key)["status"] == "failed"
    assert [each["status"] for each in told()] == ["failed"]

    assert backfill(aws, "resume") == "SUCCEEDED"
    assert reported(capsys) == {key: ("done", "")}
    assert record(aws, key)["status"] == "approved"


def test_an_execution_that_runs_out_of_time_has_failed(
    aws: OfflineAws, capsys: pytest.CaptureFixture[str]
) -> None:
    key = f"{FOLDER}late/photo.jpg"
    place(aws, key)

    def runs_out_of_time(_call: Call, perform: Callable[[], Any]) -> Any:
        answer = perform()
        known = ("executionArn", "stateMachineArn", "name", "startDate", "stopDate", "input")
        return {**{name: answer[name] for name in known}, "status": "TIMED_OUT"}

    with intercepted(aws.deployment, to_the_first(1, runs_out_of_time)):
        status = backfill(aws, "start", "--prefix", key, "--tolerate", "100")
    assert status == "SUCCEEDED"
    assert reported(capsys) == {key: ("failed", "ExecutionTimedOut")}
