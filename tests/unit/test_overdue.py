"""Which uploads the sweep starts again, and which it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from image_pipeline.identity import comparable_sequencer, following_sequencer
from image_pipeline.storage import Latest
from sweep.overdue import restart_for

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
OVERDUE = timedelta(seconds=4500)
OLD, FRESH = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)
KNOWN = comparable_sequencer("0A")


def latest(modified: datetime = OLD, version: str = "v1", *, deleted: bool = False) -> Latest:
    return Latest("uploads/a.jpg", version, modified, 3, deleted=deleted)


def record(status: str, version: str = "v1", **facts: Any) -> dict[str, Any]:
    return {
        "status": status,
        "key": "uploads/a.jpg",
        "uploaded_at": "2026-05-01T09:00:00Z",
        "claimed_at": "2026-05-01T09:00:01.000Z",
        "sequencer": KNOWN,
        "execution": "one",
        "source": {"bytes": 3, "version_id": version},
        **facts,
    }


def test_an_upload_without_a_record_is_started() -> None:
    restart = restart_for("uploads", latest(), None, NOW, OVERDUE)
    assert restart is not None
    assert (restart.abandon, restart.upload.object.version_id) == (None, "v1")
    # Any event that S3 may still send for it is the newer one.
    assert restart.upload.sequencer < comparable_sequencer("01")


def test_a_version_newer_than_the_record_is_started_after_it() -> None:
    restart = restart_for("uploads", latest(version="v2"), record("approved"), NOW, OVERDUE)
    assert restart is not None
    assert restart.upload.object.version_id == "v2"
    assert KNOWN < restart.upload.sequencer < comparable_sequencer("0B")


@pytest.mark.parametrize("deleted", [False, True], ids=["there", "deleted since"])
def test_a_record_that_nobody_works_on_is_taken_from_its_execution(deleted: bool) -> None:
    found = latest(deleted=deleted)
    restart = restart_for("uploads", found, record("processing"), NOW, OVERDUE)
    assert restart is not None
    assert (restart.abandon, restart.upload.sequencer) == ("one", KNOWN)
    assert restart.upload.object.version_id == "v1"


def test_a_record_that_was_taken_but_not_started_is_started() -> None:
    restart = restart_for("uploads", latest(), record("failed", reason="stuck"), NOW, OVERDUE)
    assert restart is not None
    assert restart.abandon is None


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (latest(FRESH), None),
        (latest(FRESH), record("processing")),
        (latest(), record("processing", claimed_at="2026-05-01T11:50:00.000Z")),
        (latest(), record("approved")),
        (latest(), record("failed", reason="internal_error")),
        (latest(deleted=True), None),
        (latest(deleted=True), record("approved")),
        (latest(), record("approved", "v2", uploaded_at="2026-05-01T11:00:00Z")),
    ],
    ids=["young", "at work", "started again", "done", "failed", "deleted", "gone", "newer known"],
)
def test_everything_else_is_left_alone(found: Latest, known: dict[str, Any] | None) -> None:
    assert restart_for("uploads", found, known, NOW, OVERDUE) is None


def test_sequencers_follow_each_other() -> None:
    assert following_sequencer("") < following_sequencer("0A") < comparable_sequencer("0A01")
    assert len(following_sequencer("FF")) == len(comparable_sequencer("FF"))
