"""What an image is waiting for, and what to do next; pure."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.errors import Reason
from image_pipeline.records import version_of
from image_pipeline.status import Status
from image_pipeline.tries import try_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Record = Mapping[str, Any]

_SWEPT = "the sweep does it within a quarter of an hour"
_LONG_SECONDS = 6 * 3600
_NOTHING = "nothing to do"
_CAPACITY = {"Throttled", "Lambda.TooManyRequestsException", "States.Timeout"}
GONE = "GONE"
"""Status of an execution that Step Functions does not know any more."""

_ENDED = {"FAILED", "TIMED_OUT", "ABORTED", GONE}


class Advice(NamedTuple):
    """Where an image stands, in a sentence, and what to do next."""

    state: str
    next: str


class Situation(NamedTuple):
    """What is known about an image besides its record.

    Args:
        stack: its name.
        key: of the object.
        newest: the newest version of the upload in the bucket, None if there is none; it is a
            delete marker if it has no size.
        versions_known: whether the bucket could be read.
        execution: the status of the execution that holds the record, "" if it is not known.
        error: the last error in that execution.
        renditions: keys of the renditions in the bucket, None if it could not be read.
        now: the time.
    """

    stack: str
    key: str
    newest: Record | None
    versions_known: bool
    execution: str
    error: str
    renditions: frozenset[str] | None
    now: datetime


def without_record(found: Situation) -> Advice:
    """Advise about a key that has no record."""
    if not found.versions_known:
        return Advice("There is no record of this picture.", "read the bucket with more rights")
    if found.newest is None:
        return Advice(
            "This picture has never been uploaded: the bucket holds nothing under this key.",
            "compare the key, letter by letter, with that of the upload",
        )
    if "Size" not in found.newest:
        return Advice("This picture was deleted before it had a record.", _NOTHING)
    return Advice(
        "This picture was uploaded, but no execution has looked at it: its event is late or lost.",
        f"wait, {_SWEPT}; if the dead-letter queue of uploads holds its event, run "
        f"`.venv/bin/python -m ops redrive --stack {shlex.quote(found.stack)}`",
    )


def advise(record: Record, found: Situation) -> Advice:
    """Say what an image is waiting for, and what to do next."""
    if _is_overtaken(record, found):
        return Advice(
            "This record is not about what the bucket holds now: the event of the newest version "
            "is on its way, or was lost.",
            f"wait, {_SWEPT}",
        )
    advice = _OF_STATUS[Status(record["status"])](record, found)
    awaited = record.get("awaits")
    if awaited:
        return Advice(f"{advice.state} Its {awaited} is still to come.", f"wait, {_SWEPT}")
    return advice


def _is_overtaken(record: Record, found: Situation) -> bool:
    if not found.versions_known or record["status"] in {Status.PENDING, Status.PROCESSING}:
        return False
    exists = found.newest is not None and "Size" in found.newest
    held = found.newest["VersionId"] if exists and found.newest else None
    if record["status"] == Status.DELETED or record.get("reason") == Reason.OBJECT_DELETED:
        return exists and record["status"] == Status.DELETED and "awaits" not in record
    return version_of(dict(record)) != held


def _pending(_record: Record, found: Situation) -> Advice:
    if found.newest is not None and "Size" in found.newest:
        return Advice(
            "This picture was uploaded, but no execution has claimed it yet.", f"wait, {_SWEPT}"
        )
    return Advice(
        "This picture is waiting for its upload: the API has issued a form or URL for it.",
        "upload the file; where the form or URL has expired, ask the API for another",
    )


def _processing(record: Record, found: Situation) -> Advice:
    since = datetime.fromisoformat(record.get("claimed_at", record["uploaded_at"]))
    seconds = (found.now - since).total_seconds()
    attempt = try_of(record.get("execution", ""))
    if found.execution in _ENDED and attempt and not attempt.is_last:
        return Advice(
            f"Try {attempt.number} of {attempt.most} of this picture has failed.",
            f"mend the cause, which the newest errors above tell{_because(found)}; it is tried "
            "again within a quarter of an hour",
        )
    if found.execution in _ENDED:
        return Advice(
            f"The execution of this picture has ended ({found.execution}) without an outcome.",
            f"nothing: the sweep starts it again within a quarter of an hour{_because(found)}",
        )
    if found.error.partition(":")[0] in _CAPACITY:
        return Advice(
            "This picture is waiting for capacity: an AWS service has throttled its execution.",
            "nothing, it is tried again for a day; raise the quota that is short if this lasts",
        )
    if seconds >= _LONG_SECONDS:
        return Advice(
            f"This picture has been in work for {int(seconds // 3600)} hours.",
            "look at the newest errors above; after a day it fails as timed_out",
        )
    return Advice("This picture is being processed.", "wait for its outcome")


def _approved(record: Record, found: Situation) -> Advice:
    if found.renditions is not None:
        named = {each["key"] for each in record.get("renditions", ())}
        missing = len(named - found.renditions)
        if missing:
            return Advice(
                f"This picture is approved, but {missing} of its renditions are not in the bucket.",
                f"make them again: {_rerun(found)}",
            )
    return Advice("This picture is approved, and its renditions can be read.", _NOTHING)


def _review(record: Record, found: Situation) -> Advice:
    if record.get("reason") == Reason.MODERATION_UNAVAILABLE:
        return Advice(
            "This picture is waiting for manual review, because moderation was not available.",
            f"once Rekognition answers again, let it judge: {_rerun(found)}",
        )
    return Advice(
        "This picture is waiting for manual review.",
        "a reviewer decides, with POST /images/{id}/review or on the console page",
    )


def _rejected(record: Record, found: Situation) -> Advice:
    reason = record.get("reason")
    match reason:
        case Reason.MODERATION_REJECTED | Reason.REVIEW_REJECTED:
            who = "moderation" if reason == Reason.MODERATION_REJECTED else "a reviewer"
            return Advice(
                f"This picture was rejected by {who}.",
                "if that was wrong, a reviewer approves it with POST /images/{id}/review",
            )
        case Reason.ARCHIVED:
            return Advice(
                "This picture is in an archive and cannot be read.",
                "restore the object (aws s3api restore-object); it is then processed by itself",
            )
        case Reason.OBJECT_DELETED:
            return Advice("This picture was deleted before it was processed.", "upload it again")
        case Reason.TOO_EXPENSIVE:
            return Advice(
                "This picture was rejected, because its processing was stopped twice.",
                f"if that was during an outage: {_rerun(found)}; otherwise its owner makes it "
                "smaller",
            )
    message = record.get("message", "")
    return Advice(
        f"This picture was rejected as a file ({reason}).",
        f"tell its owner: {message}" if message else "its owner uploads another file",
    )


def _failed(record: Record, found: Situation) -> Advice:
    if record.get("reason") == Reason.TIMED_OUT:
        return Advice(
            "This picture has waited for a day and failed.",
            f"raise the quota that is short, then {_rerun(found)}",
        )
    return Advice(
        f"This picture could not be processed ({record.get('reason')}).",
        f"mend the cause, which the newest errors above tell{_because(found)}; then "
        f"{_rerun(found)}",
    )


def _deleted(_record: Record, _found: Situation) -> Advice:
    return Advice(
        "This picture was deleted.",
        "nothing to do; while the bucket has an older version, removing the delete marker brings "
        "it back",
    )


def _because(found: Situation) -> str:
    return f" (the last one: {found.error})" if found.error else ""


def _rerun(found: Situation) -> str:
    stack, key = shlex.quote(found.stack), shlex.quote(found.key)
    return f"`.venv/bin/python -m ops rerun --stack {stack} --key {key}`"


_OF_STATUS: dict[Status, Callable[[Record, Situation], Advice]] = {
    Status.PENDING: _pending,
    Status.PROCESSING: _processing,
    Status.APPROVED: _approved,
    Status.REVIEW: _review,
    Status.REJECTED: _rejected,
    Status.FAILED: _failed,
    Status.DELETED: _deleted,
}


def last_error(events: Sequence[Record]) -> str:
    """Return the newest error in the history of an execution, "" if there is none."""
    for event in reversed(events):
        for name, details in event.items():
            if name.endswith("Details") and isinstance(details, dict) and details.get("error"):
                return str(details["error"])
    return ""
