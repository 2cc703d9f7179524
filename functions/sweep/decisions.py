"""What the sweep does about a record or an object; pure."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from image_pipeline.errors import Reason
from image_pipeline.object_keys import is_folder
from image_pipeline.records import version_of
from image_pipeline.settling import ANNOUNCEMENT, RERUN, RESTART
from image_pipeline.status import Status
from sweep.executions import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from sweep.listing import Newest, Page
    from sweep.open_records import OpenRecord

    Record = dict[str, Any]

_RESTARTS = 1

OUTAGE = 10
"""If more uploads have got stuck twice in one sweep, it is not the uploads."""


class Action(StrEnum):
    """What to do about an open record."""

    LEAVE = "leave"
    RESTART = "restart"
    RERUN = "rerun"
    GIVE_UP_STUCK = "stuck"
    GIVE_UP_TIMED_OUT = "timed_out"
    ANNOUNCE = "announce"
    SETTLE = "settle"
    CLEAN_UP = "clean_up"


GIVING_UP = (Action.GIVE_UP_STUCK, Action.GIVE_UP_TIMED_OUT, Action.ANNOUNCE)
"""Actions that end in an announcement."""


_STARTS = {RESTART: Action.RESTART, RERUN: Action.RERUN}


def action_for(entry: OpenRecord, state: State, *, is_restarting: bool) -> Action:
    """Decide about an open record.

    Args:
        entry: of the index.
        state: of the execution that holds the record, or has held it.
        is_restarting: an execution that somebody has started for this image still runs.
    """
    if entry.status == Status.PROCESSING:
        return _action_for_claimed(entry, state)
    if entry.awaits in _STARTS:
        return Action.LEAVE if is_restarting else _STARTS[entry.awaits]
    if entry.awaits == ANNOUNCEMENT:
        return Action.ANNOUNCE if entry.status == Status.FAILED else Action.SETTLE
    return Action.CLEAN_UP


def _action_for_claimed(entry: OpenRecord, state: State) -> Action:
    if state is State.RUNNING:
        return Action.LEAVE
    if state is State.TIMED_OUT:
        return Action.GIVE_UP_TIMED_OUT
    return Action.RESTART if entry.restarts < _RESTARTS else Action.GIVE_UP_STUCK


def spared_in_an_outage(actions: Mapping[OpenRecord, Action]) -> dict[OpenRecord, Action]:
    """Restart again what got stuck twice, if that is so much that the uploads are not at fault."""
    is_outage = Counter(actions.values())[Action.GIVE_UP_STUCK] > OUTAGE
    return {
        entry: Action.RESTART if is_outage and action is Action.GIVE_UP_STUCK else action
        for entry, action in actions.items()
    }


def settled(page: Page, grace: timedelta) -> list[Newest]:
    """Return those of a page whose events are not on their way any more."""
    return [each for each in page.newest if page.listed_at - each.modified >= grace]


def differs(newest: Newest, record: Record | None) -> bool:
    """Return whether the record of a key is not of what the key holds."""
    found = newest.found
    if record is None:
        return found is not None and not is_folder(newest.key, found.size)
    return version_of(record) != (found.version if found else None)


def may_be_readable_now(record: Record | None) -> bool:
    """Return whether an upload was refused only because it was archived."""
    return record is not None and record.get("reason") == Reason.ARCHIVED


def may_be_gone(record: Record, seen: frozenset[str] | None) -> bool:
    """Return whether the object of a record has to be looked for.

    Args:
        record: that may be finished or not.
        seen: ids of the images of all keys in the bucket, if they are known.
    """
    is_watched_otherwise = record["status"] in {Status.PENDING, Status.PROCESSING, Status.DELETED}
    return not is_watched_otherwise and (seen is None or record["image_id"] not in seen)


def is_unindexed(record: Record) -> bool:
    """Return whether a record is open, but not in the index.

    Earlier releases had none, and finishing a record takes it out before it is put back for the
    executions that have lost it.
    """
    is_open = record["status"] == Status.PROCESSING or "displaced" in record
    return is_open and "open" not in record
