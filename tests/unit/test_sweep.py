"""What a sweep does about uploads that are stuck or were dropped."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.identity import image_id
from image_pipeline.records import Records
from image_pipeline.status import Status

from .conftest import EXECUTION, STATE_MACHINE, UPLOADS
from .executions import KEY, claimed, records

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Account, Context

    Sweep = Callable[[], dict[str, Any]]

NOTHING = {"restarted": 0, "given_up": 0}


@pytest.fixture
def sweep(account: Account, context: Context, monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Run the sweep as if every upload and claim were three hours old."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(hours=3)

    account.create_state_machine()
    module = importlib.import_module("sweep.handler")
    monkeypatch.setattr(module, "datetime", Later)
    return lambda: module.handler({}, context)


def modified(account: Account, key: str = KEY) -> str:
    """The time of an upload as the sweep writes it."""
    (found,) = account.s3.list_object_versions(Bucket=UPLOADS, Prefix=key)["Versions"]
    return found["LastModified"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_dropped_upload_is_started_with_an_event_like_that_of_s3(
    account: Account, sweep: Sweep
) -> None:
    account.upload(KEY, b"data")
    assert sweep() == {"restarted": 1, "given_up": 0}
    ((name, event),) = account.executions().items()
    assert event == {
        "source": "image-pipeline.sweep",
        "detail-type": "Object Created",
        "time": modified(account),
        "detail": {
            "bucket": {"name": UPLOADS},
            "object": {"key": KEY},
        },
    }
    prefix, identifier, digest = name.split("-")
    assert (prefix, identifier) == ("sweep", image_id(KEY))
    assert len(digest) == 32
    assert len(name) <= 80  # the longest name of an execution


def test_a_stuck_upload_is_failed_and_then_started_again(account: Account, sweep: Sweep) -> None:
    _, upload, claim = claimed(account)
    assert sweep() == {"restarted": 1, "given_up": 0}
    record = records.get(claim.image_id) or {}
    assert (record["status"], record["reason"]) == ("failed", "stuck")
    (event,) = account.executions().values()
    assert event["time"] == upload.uploaded_at
    assert event["detail"]["object"] == {"key": KEY}


def test_a_record_that_is_finished_while_the_sweep_looks_is_left_alone(
    account: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, claim = claimed(account)
    genuine = Records.abandon

    def abandon(*args: Any) -> None:
        records.finish(claim, Status.APPROVED, {})
        genuine(*args)

    monkeypatch.setattr(Records, "abandon", abandon)
    assert sweep() == NOTHING
    assert (records.get(claim.image_id) or {})["status"] == "approved"
    assert account.executions() == {}


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED, Status.FAILED])
def test_a_finished_upload_is_left_alone(account: Account, sweep: Sweep, status: Status) -> None:
    _, _, claim = claimed(account)
    records.finish(claim, status, {})
    assert sweep() == NOTHING
    assert account.executions() == {}


def test_a_deleted_upload_without_a_record_is_left_alone(account: Account, sweep: Sweep) -> None:
    account.upload(KEY, b"data")
    account.s3.delete_object(Bucket=UPLOADS, Key=KEY)
    assert sweep() == NOTHING


def refusing(monkeypatch: pytest.MonkeyPatch, account: Account, code: str, *keys: str) -> list[str]:
    """Refuse to start executions for some keys. The names that were asked for."""
    names: list[str] = []

    class StepFunctions:
        def start_execution(self, **given: str) -> Any:
            assert given["stateMachineArn"] == STATE_MACHINE
            names.append(given["name"])
            if json.loads(given["input"])["detail"]["object"]["key"] in keys:
                raise ClientError({"Error": {"Code": code, "Message": ""}}, "StartExecution")
            return account.stepfunctions.start_execution(**given)

    monkeypatch.setattr(aws, "stepfunctions", StepFunctions)
    return names


def test_an_upload_is_restarted_at_most_once(
    account: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed(account)
    names = refusing(monkeypatch, account, "ExecutionAlreadyExists", KEY)
    assert [sweep(), sweep()] == [{"restarted": 0, "given_up": 1}] * 2
    assert names[0] == names[1]


def test_another_version_is_another_restart(
    account: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = refusing(monkeypatch, account, "")
    account.upload(KEY, b"data")
    sweep()
    account.upload(KEY, b"data")
    sweep()
    assert len(set(names)) == 2


def test_an_upload_that_cannot_be_restarted_does_not_hold_up_the_others(
    account: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        account.upload(f"uploads/{name}", b"data")
    refusing(monkeypatch, account, "ThrottlingException", "uploads/b")
    with pytest.raises(ExceptionGroup, match="could not be restarted") as refusal:
        sweep()
    assert [type(error) for error in refusal.value.exceptions] == [ClientError]
    started = {each["detail"]["object"]["key"] for each in account.executions().values()}
    assert started == {"uploads/a", "uploads/c"}


def test_errors_count_among_the_restarts_of_one_sweep(
    account: Account, sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abcd":
        account.upload(f"uploads/{name}", b"data")
    module = importlib.import_module("sweep.handler")
    limited = replace(module.settings, restarts_per_sweep=2)
    monkeypatch.setattr(module, "settings", limited)
    names = refusing(monkeypatch, account, "ThrottlingException", "uploads/a")
    with pytest.raises(ExceptionGroup):
        sweep()
    assert len(names) == 2


def test_an_execution_that_still_works_keeps_its_record(account: Account, sweep: Sweep) -> None:
    _, _, claim = claimed(account)
    account.dynamodb.update_item(
        TableName="images",
        Key={"image_id": {"S": claim.image_id}},
        UpdateExpression="SET claimed_at = :later",
        ExpressionAttributeValues={
            ":later": {"S": (datetime.now(UTC) + timedelta(hours=2)).isoformat()}
        },
    )
    assert sweep() == NOTHING
    record = records.get(claim.image_id) or {}
    assert (record["status"], record["execution"]) == ("processing", EXECUTION)
