"""Walks of the sweep over several pages of the bucket and of the table."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from image_pipeline import aws
from image_pipeline.attribute_values import encode
from image_pipeline.identity import image_id
from image_pipeline.records import Records
from sweep.listing import Position, list_newest

from .claims import claim_for
from .conftest import TABLE, UPLOADS
from .executions import KEY, claimed
from .sweeping import NOTHING, SCHEDULED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Account
    from .sweeping import Sweeping

records = Records(TABLE)


def uploads(account: Account) -> dict[str, str | None]:
    """Seven objects; two of them deleted, one overwritten twice. Newest version by key."""
    newest: dict[str, str | None] = {}
    for key in "abcdefg":
        for _ in range(3 if key == "c" else 1):
            newest[f"uploads/{key}"] = account.upload(f"uploads/{key}", key.encode()).version_id
    for key in "bf":
        account.s3.delete_object(Bucket=UPLOADS, Key=f"uploads/{key}")
        newest[f"uploads/{key}"] = None
    account.s3.put_object(Bucket=UPLOADS, Key="elsewhere/a", Body=b"1")
    return newest


def listed() -> Iterator[tuple[str, str | None]]:
    """Each key with the newest version, None for a delete marker, from all pages."""
    after = Position()
    while True:
        page = list_newest(UPLOADS, "uploads/", after)
        assert abs(datetime.now(UTC) - page.listed_at) < timedelta(minutes=5)
        for each in page.newest:
            yield each.key, each.found.version_id if each.found else None
        if page.is_last:
            return
        after = page.following


def test_the_newest_version_of_every_object_is_listed_once(
    account: Account, three_per_page: list[dict[str, Any]]
) -> None:
    newest = uploads(account)
    found = list(listed())
    assert sorted(found) == sorted(newest.items())
    assert len(three_per_page) > 3
    assert all("VersionIdMarker" in request for request in three_per_page[1:])


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_key_with_more_versions_than_a_page_hides_nothing(
    account: Account, three_per_page: list[dict[str, Any]], is_deleted: bool
) -> None:
    for key in ("uploads/a", *["uploads/many"] * 10, "uploads/z"):
        account.upload(key, b"data")
    if is_deleted:
        account.s3.delete_object(Bucket=UPLOADS, Key="uploads/many")
    found = dict(listed())
    assert set(found) == {"uploads/a", "uploads/many", "uploads/z"}
    assert (found["uploads/many"] is None) is is_deleted
    assert len(three_per_page) >= 4


def test_a_sweep_walks_all_pages(
    account: Account, sweep: Sweeping, three_per_page: list[dict[str, Any]]
) -> None:
    newest = uploads(account)
    assert sweep() == {"restarted": 5, "given_up": 0}
    assert sweep.started() == sorted(key for key in newest if newest[key])
    assert len(three_per_page) > 3
    assert position() == ("", "")


def position() -> tuple[str, str]:
    after = (records.get("sweep") or {})["bucket_round"]["after"]
    return after["key"], after["version_id"]


def test_a_sweep_that_runs_out_of_time_is_continued_by_the_next(
    account: Account, sweep: Sweeping, three_per_page: list[dict[str, Any]]
) -> None:
    uploads(account)
    sweep(milliseconds_left=29_999)
    assert "KeyMarker" not in three_per_page[0]
    first = position()
    sweep(milliseconds_left=29_999)
    (again,) = [each for each in three_per_page if each.get("KeyMarker") == first[0]][-1:]
    assert (again["KeyMarker"], again["VersionIdMarker"]) == first
    sweep()
    assert sweep.started() == [f"uploads/{key}" for key in "acdeg"]
    assert position() == ("", "")


def test_a_sweep_that_may_start_no_more_compares_the_page_again(
    account: Account, sweep: Sweeping, three_per_page: list[dict[str, Any]]
) -> None:
    uploads(account)
    assert three_per_page == []
    sweep.set(restarts_per_sweep=1)
    for _ in range(5):
        sweep()
        sweep.end_all()
    assert len(sweep.started()) == 5
    sweep.set(restarts_per_sweep=100)
    sweep()
    assert set(sweep.started()) == {f"uploads/{key}" for key in "acdeg"}


def approved(account: Account, key: str) -> str:
    """Upload an object and approve it; return the version."""
    source = account.upload(key, b"data")
    _, claim = claim_for(account.created(source, 4), f"execution of {key}")
    records.finish(claim, "approved", {})  # type: ignore[arg-type]
    return source.version_id or ""


def test_records_of_objects_that_are_gone_without_a_marker_are_found_in_the_table(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.record_pages._PAGE", 2)
    versions = {key: approved(account, key) for key in (f"uploads/{n}" for n in range(5))}
    gone = {"uploads/1", "uploads/4"}
    for key in gone:
        account.s3.delete_object(Bucket=UPLOADS, Key=key, VersionId=versions[key])
    assert sweep() == {"restarted": 2, "given_up": 0}
    assert set(sweep.started()) == gone


def test_only_records_whose_key_was_not_listed_are_asked_for(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {key: approved(account, key) for key in ("uploads/a", "uploads/b")}
    account.s3.delete_object(Bucket=UPLOADS, Key="uploads/b", VersionId=versions["uploads/b"])
    asked: list[str] = []
    events, name = aws.s3().meta.events, "provide-client-params.s3.HeadObject"
    register = lambda params, **_: asked.append(params["Key"])  # noqa: E731
    events.register(name, register)
    sweep()
    events.unregister(name, register)
    assert asked == ["uploads/b"]


def test_a_walk_over_the_table_goes_on_where_the_last_one_stopped(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.record_pages._PAGE", 2)
    for number in range(4):
        approved(account, f"uploads/{number}")
    # Part one takes half of the time at most, and a page is read in any case.
    hurried = {"milliseconds_left": 29_999}
    asked, genuine = [], aws.dynamodb().scan

    def scan(**given: Any) -> Any:
        asked.append(given.get("ExclusiveStartKey", {}).get("image_id", {}).get("S", ""))
        return genuine(**given)

    monkeypatch.setattr(aws.dynamodb(), "scan", scan)
    for _ in range(2):
        sweep(**hurried)
        assert (records.get("sweep") or {})["table_round"]["after"]["key"] not in asked
    assert asked[0] == ""
    assert asked[1] != ""


def test_unprocessed_keys_are_asked_for_again(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        approved(account, f"uploads/{number}")
    genuine, asked = aws.dynamodb().batch_get_item, []
    monkeypatch.setattr("sweep.pacing.time.sleep", lambda _: None)

    def one_at_a_time(**given: Any) -> Any:
        wanted: Any = given["RequestItems"][TABLE]
        asked.append(len(wanted["Keys"]))
        first, *others = wanted["Keys"]
        answer: Any = genuine(RequestItems={TABLE: wanted | {"Keys": [first]}})
        answer["UnprocessedKeys"] = {TABLE: {**wanted, "Keys": others}} if others else {}
        return answer

    monkeypatch.setattr(aws.dynamodb(), "batch_get_item", one_at_a_time)
    assert sweep() == NOTHING
    assert asked == [3, 2, 1]


def test_what_displaced_executions_have_left_is_deleted_after_their_end(
    account: Account, sweep: Sweeping
) -> None:
    older = sweep.run("one")
    claimed(account)
    account.upload(KEY, b"newer")
    source = account.upload(KEY, b"newer")
    newer = sweep.run("two")
    _, claim = claim_for(account.created(source, 5, "0B"), newer)
    left, kept = f"{image_id(KEY)}/v1/large.webp", f"{image_id(KEY)}/v2/large.webp"
    for key in (left, kept):
        account.s3.put_object(Bucket="renditions", Key=key, Body=b"1")
    records.finish(claim, "approved", {"renditions": [{"key": kept}]})  # type: ignore[arg-type]
    assert sweep() == NOTHING
    assert account.rendition_keys() == {left, kept}  # the older execution may still write
    # As if finishing had been interrupted before it put the record back into the index.
    account.dynamodb.update_item(
        TableName=TABLE,
        Key={"image_id": {"S": claim.image_id}},
        UpdateExpression="REMOVE #open",
        ExpressionAttributeNames={"#open": "open"},
    )
    sweep.end(older)
    for _ in range(2):
        assert sweep() == NOTHING
    assert account.rendition_keys() == {kept}
    assert not (records.get(claim.image_id) or {}).keys() & {"open", "displaced"}


def rest(account: Account, *rounds: str) -> None:
    """Let rounds rest for another minute."""
    state = records.get("sweep") or {}
    resting = {name: {**state[name], "due": time.time() + 60} for name in rounds}
    account.dynamodb.put_item(TableName=TABLE, Item=encode({**state, **resting})["M"])


def test_a_scheduled_sweep_walks_only_when_it_is_time(account: Account, sweep: Sweeping) -> None:
    sweep()
    rest(account, "bucket_round", "table_round")
    account.upload(KEY, b"data")
    assert sweep(SCHEDULED) == NOTHING
    assert sweep() == {"restarted": 1, "given_up": 0}  # somebody has invoked it


@pytest.mark.parametrize("resting", ["bucket_round", "table_round"])
def test_bucket_and_table_are_walked_together(
    account: Account, sweep: Sweeping, monkeypatch: pytest.MonkeyPatch, resting: str
) -> None:
    """The keys of the bucket save a request to S3 for every record."""
    approved(account, KEY)
    sweep()
    rest(account, resting)
    asked: list[Any] = []
    monkeypatch.setattr(aws.s3(), "head_object", asked.append)
    assert sweep(SCHEDULED) == NOTHING
    assert asked == []
    state = records.get("sweep") or {}
    assert state["bucket_round"]["due"] < time.time()  # both have been walked and are due
    assert state["table_round"]["due"] < time.time()
