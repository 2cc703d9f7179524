"""The service level objective: 99.5 % of uploads have an outcome within two minutes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from image_pipeline.history import HISTORY
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.models import Upload

SECONDS = 120
"""How long after its upload an image may have no outcome."""

# An execution ends after a day, and an upload is given up after its second. What gets its first
# outcome later was not uploaded to this pipeline: somebody has adopted or backfilled it.
_DAYS_OF_AN_UPLOAD = 3
_OUTCOMES = {Status.APPROVED, Status.REVIEW, Status.REJECTED, Status.FAILED}


def seconds_to_outcome(record: dict[str, Any], upload: Upload) -> float | None:
    """Return the seconds from an upload to its outcome, whichever that is.

    Args:
        record: with the outcome.
        upload: which the outcome is of.

    Returns:
        None if the upload had an outcome before, has been deleted, or is older than the pipeline
        works on an upload: a rerun or a backfill is not late.
    """
    if record["status"] not in _OUTCOMES:
        return None
    outcomes = [
        each
        for each in record.get(HISTORY, ())
        if each["type"] in _OUTCOMES and each.get("version") == upload.version
    ]
    if len(outcomes) > 1:
        return None
    took = datetime.fromisoformat(record["processed_at"]) - datetime.fromisoformat(
        upload.uploaded_at
    )
    return None if took.days >= _DAYS_OF_AN_UPLOAD else max(0.0, took.total_seconds())
