"""How long an upload took to have an outcome, and which outcomes count."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline.models import S3Object, Upload
from image_pipeline.objective import seconds_to_outcome

UPLOAD = Upload(S3Object("uploads", "uploads/a.jpg", "v1"), 10, "01", "2026-11-27T08:00:00Z", "v1")


def record(status: str, at: str, *earlier: dict[str, Any]) -> dict[str, Any]:
    """Return a record with an outcome, and what happened before it."""
    history = [*earlier, {"type": status, "version": "v1"}]
    return {"status": status, "processed_at": at, "history": history}


@pytest.mark.parametrize("status", ["approved", "review", "rejected", "failed"])
def test_every_outcome_counts_from_the_upload_on(status: str) -> None:
    assert seconds_to_outcome(record(status, "2026-11-27T08:02:00.500Z"), UPLOAD) == 120.5


def test_a_restarted_upload_counts_from_its_upload_on() -> None:
    abandoned = {"type": "abandoned", "version": "v1"}
    found = seconds_to_outcome(record("approved", "2026-11-27T08:30:00Z", abandoned), UPLOAD)
    assert found == 1800


def test_a_rerun_does_not_count() -> None:
    first = {"type": "failed", "version": "v1"}
    assert seconds_to_outcome(record("approved", "2026-11-27T09:00:00Z", first), UPLOAD) is None


def test_an_outcome_of_an_older_version_does_not_matter() -> None:
    first = {"type": "approved", "version": "v0"}
    assert seconds_to_outcome(record("approved", "2026-11-27T08:00:01Z", first), UPLOAD) == 1


def test_an_object_that_is_older_than_the_pipeline_works_on_an_upload_does_not_count() -> None:
    assert seconds_to_outcome(record("approved", "2026-12-01T08:00:00Z"), UPLOAD) is None


def test_a_deletion_is_no_outcome() -> None:
    assert seconds_to_outcome(record("deleted", "2026-11-27T08:00:01Z"), UPLOAD) is None


def test_a_clock_that_is_behind_makes_no_negative_time() -> None:
    assert seconds_to_outcome(record("approved", "2026-11-27T07:59:59Z"), UPLOAD) == 0
