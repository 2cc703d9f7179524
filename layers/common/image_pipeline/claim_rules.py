"""The rules for who may claim a record, and what of it stays; pure.

A version is finished once. Whatever event brings it again is superseded, unless the pipeline may
have been at fault or the object can be read only now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.errors import Reason
from image_pipeline.events import RERUN
from image_pipeline.object_keys import is_folder
from image_pipeline.records import ending, version_of
from image_pipeline.status import Status
from image_pipeline.tries import try_of

if TYPE_CHECKING:
    from image_pipeline.current import Current
    from image_pipeline.events import ObjectEvent

    Record = dict[str, Any]

_KEPT = ("version_id", "uploaded_at", "processed_at", "renditions", "placeholder")


def is_held(record: Record, execution: str) -> bool:
    """Return whether an execution holds the claim on an open record."""
    return record.get("execution") == execution and record["status"] == Status.PROCESSING


def is_free(
    record: Record | None, found: Current | None, event: ObjectEvent, execution: str
) -> bool:
    """Return whether an execution may claim a record for what the bucket holds.

    Args:
        record: as it is now, if there is one.
        found: what the bucket holds; None if the object is gone.
        event: that started the execution.
        execution: its ARN.
    """
    if record is None:
        size = event.size if found is None else found.size
        # What is gone had an owner who waits for an answer only if it was announced: other events
        # may come after the tombstone has expired.
        return not is_folder(event.key, size) and (found is not None or event.is_creation)
    if record["status"] == Status.DELETED and "awaits" in record:
        return False  # what its key holds is being deleted, and is looked at again afterwards
    if record["status"] == Status.PENDING:
        return found is not None or event.is_creation
    if record["status"] == Status.DELETED:
        # Whoever found it gone has said so: its own execution, if that was at work, or another.
        return found is not None and record.get("execution") not in {execution, ending(execution)}
    is_same = version_of(record) == (found.version if found else None)
    return not is_same or _is_free_again(record, found, event, execution)


def _is_free_again(
    record: Record, found: Current | None, event: ObjectEvent, execution: str
) -> bool:
    """Return whether an execution may claim a record of the version that the bucket holds."""
    if _is_earlier_try(record, execution):
        return False  # a late invocation of it is still running
    is_readable = found is not None and not found.archived
    if record["status"] == Status.PROCESSING:
        if is_later_try(record, execution):
            return True
        # An execution that has found the object in the archive only refuses it.
        return "archived" in record and is_readable
    if record.get("execution") in {execution, ending(execution)}:
        return False  # it has ended in an error, and a late invocation of it is still running
    if is_unannounced(record, execution):
        return False  # it needs only to be announced, also where a rerun may process it again
    if event.source == RERUN or record["status"] == Status.FAILED:
        return True
    reason = record.get("reason")
    # An outage can look like a picture that is too expensive.
    return reason == Reason.TOO_EXPENSIVE or (reason == Reason.ARCHIVED and is_readable)


def is_unannounced(record: Record, execution: str) -> bool:
    """Return whether an earlier try has finished a record; it may have stopped before it said so.

    What an earlier try has recorded as failed is processed again instead.
    """
    is_finished = record["status"] not in {Status.PENDING, Status.PROCESSING, Status.FAILED}
    return is_finished and "awaits" not in record and is_later_try(record, execution)


def is_later_try(record: Record, execution: str) -> bool:
    """Return whether an earlier try of the same message holds a record; it must lose it."""
    own = try_of(execution)
    return own is not None and own.follows(try_of(record.get("execution", "")))


def _is_earlier_try(record: Record, execution: str) -> bool:
    """Return whether a later try of the same message has had a record, open or finished."""
    holder = try_of(record.get("execution", ""))
    return holder is not None and holder.follows(try_of(execution))


def last_approved(record: Record) -> Record | None:
    """Return the approved version that a record is of, or that it keeps; None if there is none."""
    if record["status"] != Status.APPROVED:
        kept: Record | None = record.get("last_approved")
        return kept
    facts = {**record, "version_id": record.get("source", {}).get("version_id")}
    return {name: facts[name] for name in _KEPT if facts.get(name) is not None}
