"""Decides whether an upload has to be restarted; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from image_pipeline.errors import Reason
from image_pipeline.identity import following_sequencer
from image_pipeline.models import S3Object, Upload
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.storage import Latest


@dataclass(frozen=True)
class Restart:
    """An upload to restart; an execution `abandon`, if given, has to lose its claim first."""

    upload: Upload
    abandon: str | None = None


def restart_for(
    bucket: str, latest: Latest, record: dict[str, Any] | None, now: datetime, overdue: timedelta
) -> Restart | None:
    """Decide whether the newest version of an object needs a restart.

    Args:
        bucket: the uploads bucket.
        latest: the newest version, or its delete marker.
        record: the record of the image with this key, if there is one.
        now: the current time, with a time zone.
        overdue: the age from which on no execution can still be working on an upload.
    """
    if now - latest.modified < overdue:
        return None
    if record is not None and _is_stuck(record, now, overdue):
        return Restart(_recorded(bucket, record), abandon=record["execution"])
    if record is not None and record.get("reason") == Reason.STUCK:
        # An earlier sweep failed the record, but could not restart the upload.
        return Restart(_recorded(bucket, record))
    if latest.deleted or not _is_dropped(latest, record):
        return None
    # Newer than the record, older than any event that S3 may still send for this version.
    sequencer = following_sequencer(record["sequencer"] if record else "")
    where = S3Object(bucket, latest.key, latest.version_id)
    return Restart(Upload(where, latest.size, sequencer, _text(latest.modified)))


def _is_stuck(record: dict[str, Any], now: datetime, overdue: timedelta) -> bool:
    if record["status"] != Status.PROCESSING:
        return False
    since = datetime.fromisoformat(record["claimed_at"])
    return now - since >= overdue


def _is_dropped(latest: Latest, record: dict[str, Any] | None) -> bool:
    """Whether there is no record of this version, nor of a newer one."""
    if record is None:
        return True
    known = record.get("source", {}).get("version_id")
    # Compared to the second: listings give no fractions.
    uploaded_at: str = record["uploaded_at"]
    return known != latest.version_id and uploaded_at[:19] <= _text(latest.modified)[:19]


def _recorded(bucket: str, record: dict[str, Any]) -> Upload:
    source = record["source"]
    where = S3Object(bucket, record["key"], source.get("version_id"))
    return Upload(where, source["bytes"], record["sequencer"], record["uploaded_at"])


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
