"""POST /images/{id}/reprocess: the same upload is processed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws, history

from .claims import claim_for
from .commanding import ID
from .executions import KEY, records

if TYPE_CHECKING:
    from .commanding import Commanding
    from .conftest import Account


@pytest.mark.parametrize("status", ["approved", "review", "rejected"])
def test_a_finished_image_is_processed_again(
    account: Account, commands: Commanding, status: str
) -> None:
    commands.image(status)
    assert commands.ask("POST", "reprocess") == (202, {"image_id": ID, "status": status})
    ((name, event),) = account.executions().items()
    claim_for(event, f"execution:{name}")
    record = commands.record
    assert record["status"] == "processing"
    assert not record.keys() & {"awaits", "settling"}
    told = [each for each in record[history.HISTORY] if each["type"] == "reprocess_requested"]
    assert [each["by"] for each in told] == ["arn:aws:iam::123456789012:user/ann"]


def test_a_request_before_it_begins_starts_nothing_else(
    account: Account, commands: Commanding
) -> None:
    commands.image("approved")
    for _ in range(3):
        assert commands.ask("POST", "reprocess")[0] == 202
    assert len(account.executions()) == 1
    assert commands.sweep() == {"restarted": 0, "given_up": 0}


@pytest.mark.parametrize("status", ["pending", "processing", "deleted"])
def test_there_has_to_be_something_that_is_finished(
    account: Account, commands: Commanding, status: str
) -> None:
    known: dict[str, Any] = {"image_id": ID, "key": KEY, "status": status}
    records.replace(known, None, [history.event("created")])
    code, problem = commands.ask("POST", "reprocess")
    assert (code, problem["code"]) == (409, "conflict")
    assert account.executions() == {}


def test_what_cannot_be_started_is_started_by_the_sweep(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("approved")
    with monkeypatch.context() as patch:
        patch.setattr(aws, "stepfunctions", lambda: None)
        assert commands.ask("POST", "reprocess")[0] == 202
    assert account.executions() == {}
    assert commands.sweep() == {"restarted": 0, "given_up": 0}  # not yet
    later = commands.record["settling"]["until"]
    monkeypatch.setattr("image_pipeline.settling.time.time", lambda: later)
    assert commands.sweep() == {"restarted": 1, "given_up": 0}
    assert commands.sweep() == {"restarted": 0, "given_up": 0}
    ((name, event),) = account.executions().items()
    claim_for(event, f"execution:{name}")
    assert commands.record["status"] == "processing"


def test_what_ends_before_it_claims_is_started_again_by_the_sweep(
    account: Account, commands: Commanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands.image("approved")
    commands.ask("POST", "reprocess")
    later = commands.record["settling"]["until"]
    monkeypatch.setattr("image_pipeline.settling.time.time", lambda: later)
    assert commands.sweep() == {"restarted": 0, "given_up": 0}
    commands.sweep.end_all()
    assert commands.sweep() == {"restarted": 1, "given_up": 0}
    assert len(account.executions()) == 2
