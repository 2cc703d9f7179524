"""The history of an image: every change is told, in order, and the record can be rebuilt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import history
from image_pipeline.errors import Superseded
from image_pipeline.history import HISTORY, event, rebuilt
from image_pipeline.list_index import partitions
from image_pipeline.models import Claim
from image_pipeline.records import ChangedError, Records
from image_pipeline.status import Status

if TYPE_CHECKING:
    from .conftest import Account

records = Records("images")
ID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
CLAIM = Claim(ID, "0A", "one")


def opened(claim: Claim = CLAIM, **facts: Any) -> dict[str, Any]:
    return {
        "image_id": claim.image_id,
        "status": Status.PROCESSING,
        "open": "a",
        "sequencer": claim.sequencer,
        "execution": claim.execution,
        **facts,
    }


def claim(by: Claim = CLAIM, **facts: Any) -> None:
    known = records.get(ID)
    kept = {"created_at": known["created_at"]} if known else {}
    claimed = event("claimed", execution=by.execution)
    records.replace(opened(by, **kept, **facts), known, [claimed])


def stored() -> dict[str, Any]:
    return records.get(ID) or {}


def told() -> list[str]:
    return [each["type"] for each in stored()[HISTORY]]


def is_rebuilt() -> bool:
    return rebuilt(stored()[HISTORY]) == history.facts(stored())


@pytest.fixture(autouse=True)
def claimed(account: Account) -> None:
    claim()


def test_every_change_is_told_in_the_write_that_makes_it() -> None:
    records.update(CLAIM, {"metadata": {"width": 3}}, event("described"))
    assert (told(), stored()["revision"], is_rebuilt()) == (["claimed", "described"], 2, True)
    found = [history.changing(event("judged"), {"moderation": {"labels": []}})]
    finding = {"moderation": {"labels": []}, "reason": "moderation_review"}
    records.finish(CLAIM, Status.REVIEW, finding, events=[*found, event("review")])
    assert told() == ["claimed", "described", "judged", "review"]
    assert (stored()["revision"], is_rebuilt()) == (3, True)
    records.amend(stored(), {"status": "approved"}, {"reason"}, [event("decided", "mia")])
    assert (stored()["revision"], is_rebuilt()) == (4, True)
    assert stored()[HISTORY][-1]["by"] == "mia"
    assert "reason" not in stored()


def test_notes_that_are_not_about_the_image_are_not_told() -> None:
    records.note(CLAIM, {"decoding": True})
    assert (told(), stored()["revision"], is_rebuilt()) == (["claimed"], 1, True)


def test_a_repeated_write_is_told_once() -> None:
    records.finish(CLAIM, Status.APPROVED, {"renditions": []})
    before = stored()
    records.finish(CLAIM, Status.APPROVED, {"renditions": []})
    assert stored() == before
    assert told() == ["claimed", "approved"]


def test_a_write_that_is_refused_is_not_told() -> None:
    known = stored()
    claim(Claim(ID, "0B", "two"))
    with pytest.raises(Superseded):
        records.update(CLAIM, {"metadata": {}}, event("described"))
    with pytest.raises(ChangedError):
        records.amend(known, {"status": "deleted"}, (), [event("deleted")])
    assert told() == ["claimed", "claimed"]


def test_a_change_that_was_not_seen_is_not_overwritten() -> None:
    known = stored()
    records.update(CLAIM, {"metadata": {"width": 3}}, event("described"))
    with pytest.raises(ChangedError):
        records.amend(known, {"status": "deleted"}, (), [event("deleted")])
    with pytest.raises(ChangedError):
        records.replace(opened(Claim(ID, "0B", "two")), known, [event("claimed")])
    assert told() == ["claimed", "described"]


def test_repeated_attempts_of_an_execution_to_stop_its_steps_are_told_once() -> None:
    for _ in range(3):
        record = opened(created_at=stored()["created_at"])
        records.replace(record, stored(), [event("stopped", execution="one")])
    assert told() == ["claimed", "stopped"]


def test_a_long_history_forgets_its_oldest_events_but_no_decision_and_no_fact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "_KEPT", 6)
    records.finish(CLAIM, Status.REVIEW, {})
    records.amend(stored(), {"status": "approved"}, (), [event("decided", "mia", note="fine")])
    for number in range(10):
        by = Claim(ID, f"{number:064X}", f"execution {number}")
        claim(by)
        records.update(by, {"metadata": {"width": number}}, event("described"))
        assert is_rebuilt()
    assert len(stored()[HISTORY]) <= 7
    assert told()[0] == "decided"
    assert stored()[HISTORY][0]["note"] == "fine"


def test_changes_of_one_version_alone_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_KEPT", 6)
    records.finish(CLAIM, Status.REVIEW, {"metadata": {"width": 3}})
    for number in range(15):
        records.amend(
            stored(),
            {"status": ("approved", "rejected")[number % 2]},
            (),
            [event("decided", "mia")],
        )
        assert is_rebuilt()
    assert len(stored()[HISTORY]) == 6


@pytest.mark.parametrize(
    ("index", "value"), [("listed", ""), ("by_status", "review"), ("by_owner", "mia")]
)
def test_a_list_shows_what_a_write_has_changed(account: Account, index: str, value: str) -> None:
    def is_listed(status: str) -> bool:
        attribute = {"listed": "listed", "by_status": "listed_status", "by_owner": "listed_owner"}
        found = [
            item
            for partition in partitions(index, status if index == "by_status" else value)
            for item in account.dynamodb.query(
                TableName="images",
                IndexName=index,
                KeyConditionExpression=f"{attribute[index]} = :partition",
                ExpressionAttributeValues={":partition": {"S": partition}},
            )["Items"]
        ]
        return [item["status"]["S"] for item in found] == [status]

    claim(Claim(ID, "0B", "two"), owner="mia")
    by = Claim(ID, "0B", "two")
    assert is_listed("processing")
    records.finish(by, Status.REVIEW, {})
    assert is_listed("review")
    assert not is_listed("processing")
    position = stored()["position"]
    claim(Claim(ID, "0C", "three"), owner="mia")
    assert is_listed("processing")
    records.finish(Claim(ID, "0C", "three"), Status.DELETED, {})
    assert is_listed("deleted") is (index == "by_status")
    assert stored()["position"] == position
