"""What a sweep does about a record, and what it takes for a difference from the bucket."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from image_pipeline.current import Current
from image_pipeline.settling import ANNOUNCEMENT, RERUN, RESTART
from sweep.decisions import (
    Action,
    action_for,
    differs,
    is_unindexed,
    may_be_gone,
    may_be_readable_now,
    settled,
    spared_in_an_outage,
)
from sweep.executions import State
from sweep.listing import Newest, Page, Position
from sweep.open_records import OpenRecord

LISTED = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
KEY = "uploads/a.jpg"
CLAIMED = OpenRecord("a" * 26, KEY, "processing", "2026-05-01T11:00:00.000Z", "0A", "one")
FAILED = replace(CLAIMED, status="failed")


@pytest.mark.parametrize(
    ("entry", "state", "action"),
    [
        (CLAIMED, State.RUNNING, Action.LEAVE),
        (CLAIMED, State.TIMED_OUT, Action.GIVE_UP_TIMED_OUT),
        (CLAIMED, State.ENDED, Action.RESTART),
        (replace(CLAIMED, restarts=1), State.RUNNING, Action.LEAVE),
        (replace(CLAIMED, restarts=1), State.TIMED_OUT, Action.GIVE_UP_TIMED_OUT),
        (replace(CLAIMED, restarts=1), State.ENDED, Action.GIVE_UP_STUCK),
        (replace(FAILED, awaits=RESTART), State.ENDED, Action.RESTART),
        (replace(FAILED, awaits=RESTART, restarts=1), State.ENDED, Action.RESTART),
        (replace(FAILED, awaits=RERUN), State.ENDED, Action.RERUN),
        (replace(FAILED, awaits=ANNOUNCEMENT), State.ENDED, Action.ANNOUNCE),
        (replace(CLAIMED, status="deleted", awaits=ANNOUNCEMENT), State.ENDED, Action.SETTLE),
        (replace(CLAIMED, status="rejected", awaits=ANNOUNCEMENT), State.ENDED, Action.SETTLE),
        (replace(CLAIMED, status="approved", awaits=RERUN), State.ENDED, Action.RERUN),
        (replace(FAILED, displaced=("zero",)), State.ENDED, Action.CLEAN_UP),
        (replace(CLAIMED, status="approved"), State.ENDED, Action.CLEAN_UP),
    ],
)
def test_an_open_record_gets_what_it_needs(entry: OpenRecord, state: State, action: Action) -> None:
    assert action_for(entry, state, is_restarting=False) is action


@pytest.mark.parametrize("awaits", [RESTART, RERUN])
def test_a_record_whose_restart_is_under_way_is_left_to_it(awaits: str) -> None:
    entry = replace(FAILED, awaits=awaits)
    assert action_for(entry, State.ENDED, is_restarting=True) is Action.LEAVE


@pytest.mark.parametrize(("stuck", "action"), [(10, Action.GIVE_UP_STUCK), (11, Action.RESTART)])
def test_nothing_is_given_up_in_an_outage(stuck: int, action: Action) -> None:
    entries = [replace(CLAIMED, image_id=str(number)) for number in range(stuck)]
    late = replace(CLAIMED, image_id="late")
    decided = dict.fromkeys(entries, Action.GIVE_UP_STUCK) | {late: Action.GIVE_UP_TIMED_OUT}
    spared = spared_in_an_outage(decided)
    assert spared == dict.fromkeys(entries, action) | {late: Action.GIVE_UP_TIMED_OUT}


def version(version_id: str = "v1", size: int = 3) -> Current:
    return Current(version_id, "etag", size, "2026-05-01T11:00:00Z")


def newest(found: Current | None, key: str = KEY, age: int = 3600) -> Newest:
    return Newest(key, found, LISTED - timedelta(seconds=age))


def record(status: str, version: str | None = "v1", **facts: Any) -> dict[str, Any]:
    named = {} if version is None else {"version": version}
    return {"image_id": "a" * 26, "key": KEY, "status": status, **named, **facts}


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (version(), None),
        (version("v2"), record("approved")),
        (version("v2"), record("processing")),
        (version("v1"), record("failed", "v2")),
        (version(), record("deleted", None)),
        (None, record("approved")),
        (None, record("processing")),
        (None, record("failed")),
        (Current("null", "e2", 3, "2026-05-01T11:00:00Z"), record("approved", "null-e1-x")),
    ],
    ids=[
        *("created", "overwritten", "overwritten in work", "rolled back", "created again"),
        *("deleted", "deleted in work", "deleted after a failure", "overwritten, suspended"),
    ],
)
def test_a_record_of_something_else_differs(
    found: Current | None, known: dict[str, Any] | None
) -> None:
    assert differs(newest(found), known)


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (version(), record("approved")),
        (version(), record("processing")),
        (version(), record("failed", reason="stuck")),
        (version(), {"status": "approved", "source": {"version_id": "v1"}}),
        (None, None),
        (None, record("deleted", None)),
        (
            Current("null", "e1", 3, "2026-05-01T11:00:00Z"),
            record("approved", "null-e1-20260501T110000Z"),
        ),
    ],
    ids=["same", "in work", "failed", "of an earlier release", "never", "known", "suspended"],
)
def test_a_record_of_the_same_version_does_not_differ(
    found: Current | None, known: dict[str, Any] | None
) -> None:
    assert not differs(newest(found), known)


@pytest.mark.parametrize(
    ("key", "size", "is_upload"),
    [("uploads/f/", 0, False), ("uploads/f/", 1, True), ("uploads/f", 0, True)],
)
def test_a_folder_of_the_console_is_no_upload(key: str, size: int, is_upload: bool) -> None:
    assert differs(newest(version(size=size), key), None) is is_upload


def test_only_an_archived_upload_may_have_become_readable() -> None:
    assert may_be_readable_now(record("rejected", reason="archived"))
    assert not may_be_readable_now(record("rejected", reason="corrupt"))
    assert not may_be_readable_now(None)


def test_an_event_may_be_on_its_way_for_a_while_by_the_clock_of_s3() -> None:
    young, old = newest(version(), "uploads/young", 59), newest(version(), "uploads/old", 60)
    page = Page((young, old), Position(), LISTED)
    assert settled(page, timedelta(seconds=60)) == [old]


@pytest.mark.parametrize(
    ("known", "is_asked_for"),
    [
        (record("approved"), True),
        (record("failed"), True),
        (record("rejected"), True),
        (record("processing"), False),
        (record("deleted", None), False),
    ],
)
def test_the_objects_of_finished_records_are_looked_for(
    known: dict[str, Any], is_asked_for: bool
) -> None:
    assert may_be_gone(known, None) is is_asked_for
    assert may_be_gone(known, frozenset({"b" * 26})) is is_asked_for
    assert not may_be_gone(known, frozenset({"a" * 26}))


def test_an_open_record_that_is_not_in_the_index_is_noticed() -> None:
    assert is_unindexed(record("processing"))
    assert is_unindexed(record("approved", displaced=["one"]))
    assert not is_unindexed(record("processing", open="a"))
    assert not is_unindexed(record("approved", displaced=["one"], open="a"))
    assert not is_unindexed(record("approved"))
