"""Which uploads the sweep restarts, and which not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from image_pipeline.identity import comparable_sequencer, following_sequencer
from image_pipeline.models import S3Object, Upload
from image_pipeline.storage import Latest
from sweep.overdue import Restart, restart_for

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
OVERDUE = timedelta(seconds=4500)
OLD, FRESH = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)
KNOWN = comparable_sequencer("0A")


def latest(modified: datetime = OLD, version: str = "v1", *, deleted: bool = False) -> Latest:
    return Latest("uploads/a.jpg", version, modified, 3, deleted=deleted)


def upload(version: str, uploaded_at: str, sequencer: str) -> Upload:
    return Upload(S3Object("uploads", "uploads/a.jpg", version), 3, sequencer, uploaded_at)


def record(status: str, version: str = "v1", **facts: Any) -> dict[str, Any]:
    return {
        "status": status,
        "key": "uploads/a.jpg",
        "uploaded_at": "2026-05-01T08:00:00Z",
        "claimed_at": "2026-05-01T09:00:01.000Z",
        "sequencer": KNOWN,
        "execution": "one",
        "source": {"bytes": 3, "version_id": version},
        **facts,
    }


def test_an_upload_without_a_record_is_started() -> None:
    restart = restart_for("uploads", latest(), None, NOW, OVERDUE)
    assert restart == Restart(upload("v1", "2026-05-01T09:00:00Z", "0" * 64))
    # Any event that S3 may still send for this version is newer.
    assert restart.upload.sequencer < comparable_sequencer("01")


def test_a_version_newer_than_the_record_is_started_after_it() -> None:
    restart = restart_for("uploads", latest(version="v2"), record("approved"), NOW, OVERDUE)
    following = following_sequencer(KNOWN)
    assert restart == Restart(upload("v2", "2026-05-01T09:00:00Z", following))
    assert KNOWN < following < comparable_sequencer("0B")


@pytest.mark.parametrize("deleted", [False, True], ids=["there", "deleted since"])
def test_a_stuck_record_is_taken_from_its_execution(deleted: bool) -> None:
    found = latest(version="v2", deleted=deleted)
    restart = restart_for("uploads", found, record("processing"), NOW, OVERDUE)
    assert restart == Restart(upload("v1", "2026-05-01T08:00:00Z", KNOWN), abandon="one")


def test_a_stuck_record_that_was_not_restarted_is_restarted() -> None:
    restart = restart_for("uploads", latest(), record("failed", reason="stuck"), NOW, OVERDUE)
    assert restart == Restart(upload("v1", "2026-05-01T08:00:00Z", KNOWN))


@pytest.mark.parametrize(("seconds", "is_overdue"), [(4499, False), (4500, True)])
def test_overdue_counts_from_the_upload_and_from_the_claim(seconds: int, is_overdue: bool) -> None:
    since = NOW - timedelta(seconds=seconds)
    dropped = restart_for("uploads", latest(since), None, NOW, OVERDUE)
    claimed_at = since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known = record("processing", claimed_at=claimed_at)
    stuck = restart_for("uploads", latest(), known, NOW, OVERDUE)
    assert (dropped is not None, stuck is not None) == (is_overdue, is_overdue)


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
    ids=["young", "at work", "restarted", "done", "failed", "deleted", "gone", "newer known"],
)
def test_every_other_upload_is_left_alone(found: Latest, known: dict[str, Any] | None) -> None:
    assert restart_for("uploads", found, known, NOW, OVERDUE) is None


def test_a_following_sequencer_is_the_next_larger_one() -> None:
    assert following_sequencer("") < following_sequencer("0A") < comparable_sequencer("0A01")
    assert len(following_sequencer("FF")) == len(comparable_sequencer("FF"))


def test_another_version_of_the_same_second_is_not_known() -> None:
    known = record("approved", uploaded_at="2026-05-01T09:00:00.500Z")
    restart = restart_for("uploads", latest(version="v2"), known, NOW, OVERDUE)
    assert restart is not None
    assert restart.upload.object.version_id == "v2"
