"""What a sweep does about open records: executions that run, and that have ended in every way."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.identity import image_id
from image_pipeline.notification import notification, publication
from image_pipeline.status import Status
from local.manifest import state_machine
from sweep.endings import Endings

from .conftest import EXECUTION, STATE_MACHINE, TABLE, UPLOADS
from .executions import KEY, claimed, records
from .sweeping import NOTHING

if TYPE_CHECKING:
    from .conftest import Account
    from .sweeping import Sweeping

ID = image_id(KEY)
EVENT_OF_SWEEP = "image-pipeline.sweep"


def found() -> dict[str, Any]:
    return records.get(ID) or {}


def claim_again(account: Account, sweep: Sweeping) -> str:
    """Claim the record with the execution that the sweep has started; return its ARN."""
    from .claims import claim_for

    (running,) = account.stepfunctions.list_executions(
        stateMachineArn=STATE_MACHINE, statusFilter="RUNNING"
    )["executions"]
    arn = running["executionArn"]
    event = json.loads(account.stepfunctions.describe_execution(executionArn=arn)["input"])
    claim_for(event, arn)
    assert found()["execution"] == arn
    return arn


def test_a_dropped_upload_is_started_with_an_event_that_names_its_key(
    account: Account, sweep: Sweeping
) -> None:
    account.upload(KEY, b"data")
    assert sweep() == {"restarted": 1, "given_up": 0}
    ((name, event),) = account.executions().items()
    assert event.pop("time").endswith("Z")
    assert event == {
        "source": EVENT_OF_SWEEP,
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": UPLOADS}, "object": {"key": KEY}},
    }
    prefix, identifier, unique = name.split("-")
    assert (prefix, identifier) == ("sweep", ID)
    assert len(unique) == 32
    assert len(name) <= 80  # the longest name of an execution


def test_an_upload_whose_restart_still_runs_is_left_to_it(
    account: Account, sweep: Sweeping
) -> None:
    account.upload(KEY, b"data")
    assert sweep()["restarted"] == 1
    assert sweep() == NOTHING
    sweep.end_all()
    assert sweep()["restarted"] == 1  # it never claimed: whatever was out of order, again


def test_a_record_whose_execution_runs_is_left_alone(account: Account, sweep: Sweeping) -> None:
    assert sweep.run("one") == EXECUTION
    claimed(account)
    assert sweep() == NOTHING
    assert found()["status"] == "processing"


def test_a_record_held_under_the_name_of_its_end_is_left_to_its_execution(
    account: Account, sweep: Sweeping
) -> None:
    sweep.run("one")
    claimed(account, execution=f"{EXECUTION}/ending")
    assert sweep() == NOTHING


@pytest.mark.parametrize("status", ["ABORTED", "FAILED", "SUCCEEDED", "unknown"])
def test_a_record_whose_execution_has_ended_is_started_again_at_once(
    account: Account, sweep: Sweeping, status: str
) -> None:
    if status != "unknown":
        sweep.end(sweep.run("one"), status)
    claimed(account)
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert (found()["status"], found()["reason"]) == ("failed", "stuck")
    assert sweep.started() == [KEY]
    assert sweep.announced() == []
    arn = claim_again(account, sweep)
    assert (found()["status"], found()["restarts"]) == ("processing", 1)
    assert sweep() == NOTHING
    sweep.end(arn)
    assert sweep() == {"restarted": 0, "given_up": 1}


@pytest.mark.parametrize(
    "execution", ["nonsense", "arn:aws:states:us-east-1:123456789012:execution:earlier:one"]
)
def test_an_execution_that_cannot_be_asked_for_has_ended(
    account: Account, sweep: Sweeping, execution: str
) -> None:
    claimed(account, execution=execution)
    assert sweep()["restarted"] == 1


def test_an_upload_that_gets_stuck_twice_is_given_up_and_announced_once(
    account: Account, sweep: Sweeping
) -> None:
    _, upload, _ = claimed(account)
    sweep()
    sweep.end(claim_again(account, sweep))
    assert sweep() == {"restarted": 0, "given_up": 1}
    record = found()
    assert (record["status"], record["reason"]) == ("failed", "stuck")
    assert not record.keys() & {"open", "awaits"}
    (message,) = sweep.announced()
    assert (message["image_id"], message["status"], message["reason"]) == (ID, "failed", "stuck")
    assert message["version_id"] == upload.object.version_id
    assert sweep() == NOTHING
    assert sweep.announced() == []


def test_what_was_replaced_is_not_given_up(account: Account, sweep: Sweeping) -> None:
    sweep.end(sweep.run("one"), "TIMED_OUT")
    claimed(account)
    account.upload(KEY, b"newer")
    assert sweep() == {"restarted": 1, "given_up": 0}
    assert sweep.announced() == []


def test_an_execution_that_timed_out_has_failed_for_good(account: Account, sweep: Sweeping) -> None:
    sweep.end(sweep.run("one"), "TIMED_OUT")
    claimed(account)
    assert sweep() == {"restarted": 0, "given_up": 1}
    assert (found()["status"], found()["reason"]) == ("failed", "timed_out")
    (message,) = sweep.announced()
    assert message["reason"] == "timed_out"
    assert sweep() == NOTHING
    assert (sweep.started(), sweep.announced()) == ([], [])


def test_what_is_given_up_stays_open_until_it_is_announced(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep.end(sweep.run("one"), "TIMED_OUT")
    claimed(account)

    class Unavailable:
        def publish(self, **_: Any) -> Any:
            raise ClientError({"Error": {"Code": "InternalError", "Message": ""}}, "Publish")

    with monkeypatch.context() as patch:
        patch.setattr(aws, "sns", Unavailable)
        for _ in range(2):
            with pytest.raises(ExceptionGroup):
                sweep()
    assert (found()["status"], found()["awaits"]) == ("failed", "announcement")
    assert sweep() == {"restarted": 0, "given_up": 1}
    assert len(sweep.announced()) == 1
    assert "open" not in found()


def test_the_sweep_announces_like_the_state_machine() -> None:
    told = notification({"image_id": ID, "key": KEY, "status": "failed", "uploaded_at": "now"})
    published = publication(told)
    state = state_machine()["States"]["NotifyUser"]["Parameters"]
    assert {name.removesuffix(".$") for name in state} == {"TopicArn", *published}
    texts = {name.removesuffix(".$") for name in state["Message"]}
    assert json.loads(published["Message"]).keys() == texts
    assert published["MessageAttributes"].keys() == state["MessageAttributes"].keys()
    assert published["MessageStructure"] == state["MessageStructure"]


def test_an_outage_uses_up_no_restart(account: Account, sweep: Sweeping) -> None:
    claimed(account)
    for _ in range(3):
        assert sweep() == {"restarted": 1, "given_up": 0}
        sweep.end_all()  # without having claimed the record
    claimed_by = sweep()
    assert claimed_by == {"restarted": 1, "given_up": 0}
    claim_again(account, sweep)
    assert found()["restarts"] == 1


def test_another_version_begins_with_all_its_restarts(account: Account, sweep: Sweeping) -> None:
    claimed(account)
    sweep()
    account.upload(KEY, b"newer")
    sweep.end(claim_again(account, sweep))
    assert "restarts" not in found()
    assert sweep() == {"restarted": 1, "given_up": 0}


def test_a_record_that_is_finished_while_the_sweep_looks_is_left_alone(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, claim = claimed(account)
    genuine = Endings.abandon

    def abandon(*args: Any) -> bool:
        records.finish(claim, Status.APPROVED, {})
        return genuine(*args)

    monkeypatch.setattr(Endings, "abandon", abandon)
    assert sweep() == NOTHING
    assert found()["status"] == "approved"
    assert account.executions() == {}


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED, Status.FAILED])
def test_a_finished_upload_is_left_alone(account: Account, sweep: Sweeping, status: Status) -> None:
    _, _, claim = claimed(account)
    records.finish(claim, status, {})
    assert sweep() == NOTHING
    assert account.executions() == {}


def test_a_record_that_an_earlier_release_left_in_work_is_found(
    account: Account, sweep: Sweeping
) -> None:
    claimed(account)
    account.dynamodb.update_item(
        TableName=TABLE,
        Key={"image_id": {"S": ID}},
        UpdateExpression="REMOVE #open",
        ExpressionAttributeNames={"#open": "open"},
    )
    assert sweep() == NOTHING
    assert sweep() == {"restarted": 1, "given_up": 0}


def refusing(monkeypatch: pytest.MonkeyPatch, account: Account, *keys: str) -> list[str]:
    """Refuse to start executions for some keys. The keys that were asked for."""
    asked: list[str] = []

    class StepFunctions:
        def __getattr__(self, name: str) -> Any:
            return getattr(account.stepfunctions, name)

        def start_execution(self, **given: str) -> Any:
            assert given["stateMachineArn"] == STATE_MACHINE
            key = json.loads(given["input"])["detail"]["object"]["key"]
            asked.append(key)
            if key in keys:
                error: Any = {"Error": {"Code": "ThrottlingException", "Message": ""}}
                raise ClientError(error, "StartExecution")
            return account.stepfunctions.start_execution(**given)

    monkeypatch.setattr(aws, "stepfunctions", StepFunctions)
    return asked


def test_an_upload_that_cannot_be_restarted_does_not_hold_up_the_others(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        account.upload(f"uploads/{name}", b"data")
    refusing(monkeypatch, account, "uploads/b")
    with pytest.raises(ExceptionGroup, match="could not be looked after") as refusal:
        sweep()
    assert [type(error) for error in refusal.value.exceptions] == [ClientError]
    assert sweep.started() == ["uploads/a", "uploads/c"]


def test_errors_count_among_the_restarts_of_one_sweep(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        account.upload(f"uploads/{name}", b"data")
    sweep.set(restarts_per_sweep=2)
    asked = refusing(monkeypatch, account, *(f"uploads/{name}" for name in "abcd"))
    with pytest.raises(ExceptionGroup) as caught:
        sweep()
    assert len(asked) == len(caught.value.exceptions) == 2


def test_executions_that_run_take_the_room_of_restarts(account: Account, sweep: Sweeping) -> None:
    for name in "abcd":
        account.upload(f"uploads/{name}", b"data")
    sweep.set(restarts_per_sweep=3)
    sweep.run("unrelated", "uploads/elsewhere")
    assert sweep() == {"restarted": 2, "given_up": 0}
    assert sweep() == NOTHING
    sweep.end_all()
    assert sweep()["restarted"] == 3


def test_an_upload_whose_execution_waits_for_capacity_is_not_started_twice(
    account: Account, sweep: Sweeping
) -> None:
    account.upload(KEY, b"data")
    arn = sweep.run("of-the-event", KEY)
    assert sweep() == NOTHING
    sweep.end(arn)
    assert sweep() == {"restarted": 1, "given_up": 0}


def test_a_backlog_of_executions_is_not_made_longer(account: Account, sweep: Sweeping) -> None:
    account.upload(KEY, b"data")
    for number in range(51):
        sweep.run(f"waiting-{number}", f"uploads/{number}")
    assert sweep() == NOTHING


def test_overlapping_sweeps_exclude_each_other(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.upload(KEY, b"data")
    overlapping: list[dict[str, Any]] = []
    genuine = account.stepfunctions.list_executions

    class StepFunctions:
        def __getattr__(self, name: str) -> Any:
            return getattr(account.stepfunctions, name)

        def list_executions(self, **given: Any) -> Any:
            overlapping.append(sweep(aws_request_id="other"))
            return genuine(**given)

    monkeypatch.setattr(aws, "stepfunctions", StepFunctions)
    assert sweep()["restarted"] == 1
    assert overlapping == [NOTHING]
    assert sweep.started() == [KEY]


def test_a_sweep_that_was_killed_excludes_others_only_until_its_time_is_over(
    account: Account, sweep: Sweeping
) -> None:
    account.upload(KEY, b"data")
    now = time.time()
    for until, restarted in ((now + 60, 0), (now - 1, 1)):
        account.dynamodb.put_item(
            TableName=TABLE,
            Item={"image_id": {"S": "sweep"}, "held_until": {"N": str(until)}},
        )
        assert sweep()["restarted"] == restarted


def test_a_sweep_holds_the_lease_for_as_long_as_it_may_run(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[float] = []
    genuine = Endings.clean_up
    _, _, claim = claimed(account)
    records.finish(claim, Status.APPROVED, {"open": ID[0]})

    def clean_up(*args: Any) -> bool:
        held.append((records.get("sweep") or {})["held_until"] - time.time())
        return genuine(*args)

    monkeypatch.setattr(Endings, "clean_up", clean_up)
    assert sweep(milliseconds_left=500_000) == NOTHING
    assert 400 < held[0] <= 500
    assert (records.get("sweep") or {})["held_until"] == 0


def test_what_is_in_work_is_counted(account: Account, sweep: Sweeping, capsys: Any) -> None:
    sweep.run("one")
    claimed(account)
    account.dynamodb.update_item(
        TableName=TABLE,
        Key={"image_id": {"S": ID}},
        UpdateExpression="SET claimed_at = :then",
        ExpressionAttributeValues={":then": {"S": "2026-05-01T12:00:00.000Z"}},
    )
    sweep.run("waiting", "uploads/b")
    assert metrics(sweep, capsys)["ImagesInWork"] == [2]
    then = datetime(2026, 5, 1, 12, tzinfo=UTC)
    (oldest,) = metrics(sweep, capsys)["OldestInWorkSeconds"]
    assert abs((datetime.now(UTC) - then).total_seconds() - oldest) < 60
    sweep.end_all()
    assert metrics(sweep, capsys)["ImagesInWork"] == [1]
    assert metrics(sweep, capsys)["UploadsRestarted"] == [0]


def test_silence_is_told_too(account: Account, sweep: Sweeping, capsys: Any) -> None:
    assert account.executions() == {}
    told = metrics(sweep, capsys)
    names = ("ImagesInWork", "OldestInWorkSeconds", "UploadsRestarted", "UploadsGivenUp")
    assert [told[name] for name in names] == [[0], [0], [0], [0]]


def metrics(sweep: Sweeping, capsys: Any) -> dict[str, list[float]]:
    """Run a sweep and return its metrics."""
    capsys.readouterr()
    sweep()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    document: dict[str, list[float]]
    (document,) = [line for line in lines if "_aws" in line]
    return document
