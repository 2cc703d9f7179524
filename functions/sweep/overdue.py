"""Which upload has been left behind, and what would bring it on: pure."""

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
    """An upload to start again; `abandon` is the execution that is to lose its claim first."""

    upload: Upload
    abandon: str | None = None


def restart_for(
    bucket: str, latest: Latest, record: dict[str, Any] | None, now: datetime, overdue: timedelta
) -> Restart | None:
    """What to do about the newest version of an object, if anything.

    Args:
        bucket: that of the uploads.
        latest: the newest version, or its delete marker.
        record: of the image at this key.
        now: with a time zone.
        overdue: after this time nothing works on an upload any more.
    """
    if now - latest.modified < overdue:
        return None
    if record is not None and _is_stuck(record, now, overdue):
        return Restart(_recorded(bucket, record), abandon=record["execution"])
    if record is not None and record.get("reason") == Reason.STUCK:
        return Restart(_recorded(bucket, record))  # marked before, but then not started
    if latest.deleted or not _is_dropped(latest, record):
        return None
    # Just after what is known, and before any event of S3 for this version, should it still come.
    sequencer = following_sequencer(record["sequencer"] if record else "")
    where = S3Object(bucket, latest.key, latest.version_id)
    return Restart(Upload(where, latest.size, sequencer, _text(latest.modified)))


def _is_stuck(record: dict[str, Any], now: datetime, overdue: timedelta) -> bool:
    if record["status"] != Status.PROCESSING:
        return False
    since = datetime.fromisoformat(record["claimed_at"])
    return now - since >= overdue


def _is_dropped(latest: Latest, record: dict[str, Any] | None) -> bool:
    """Whether nothing is known of this version, and what is known is not newer."""
    if record is None:
        return True
    known = record.get("source", {}).get("version_id")
    # To the second, as S3 tells it.
    uploaded_at: str = record["uploaded_at"]
    return known != latest.version_id and uploaded_at[:19] <= _text(latest.modified)[:19]


def _recorded(bucket: str, record: dict[str, Any]) -> Upload:
    source = record["source"]
    where = S3Object(bucket, record["key"], source.get("version_id"))
    return Upload(where, source["bytes"], record["sequencer"], record["uploaded_at"])


def _text(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
