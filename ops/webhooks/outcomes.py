"""The outcomes that a record tells of, and the notification of each; pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.claimed_record import recorded
from image_pipeline.history import HISTORY, rebuilt
from image_pipeline.outcome import announcement
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    Record = dict[str, Any]

TERMINAL = (Status.APPROVED, Status.REVIEW, Status.REJECTED, Status.FAILED, Status.DELETED)
"""The statuses that are announced."""


class Outcome(NamedTuple):
    """An outcome of an image.

    Args:
        at: when, in ISO 8601.
        image_id: of the image.
        status: its terminal status.
        id: of the notification.
        body: the notification, as the topic sends it.
    """

    at: str
    image_id: str
    status: str
    id: str
    body: str


class Period(NamedTuple):
    """The time of the outcomes that are sent: from one moment on, up to another."""

    since: datetime
    until: datetime

    def holds(self, at: str) -> bool:
        """Whether a time is in the period."""
        return self.since <= datetime.fromisoformat(at) < self.until


def outcomes_in(period: Period, record: Record, bucket: str) -> list[Outcome]:
    """Return the outcomes of an image in a period, the oldest first.

    The history of a record tells them all as long as the image keeps its version; of earlier
    versions nothing is left to announce.

    Args:
        period: when they were.
        record: of the image.
        bucket: the name of the uploads bucket.
    """
    found: dict[str, Outcome] = {}
    for state in _states(record):
        at = state.get("processed_at", "")
        if state.get("status") in TERMINAL and at and period.holds(at):
            claim, upload = recorded(bucket, state)
            message = announcement(state, claim, upload)["message"]
            # Later, because a repeated attempt of an execution writes its outcome again.
            found[message["id"]] = Outcome(
                at, state["image_id"], state["status"], message["id"], json.dumps(message)
            )
    return sorted(found.values())


def _states(record: Record) -> Iterator[Record]:
    """Yield what a record was after each event from its last claim on, and what it is."""
    history = record.get(HISTORY, [])
    starts = [number for number, event in enumerate(history) if "record" in event]
    for end in range(starts[-1] if starts else len(history), len(history)):
        yield rebuilt(history[: end + 1])
    yield record
