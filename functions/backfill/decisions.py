"""What a backfill does about each key of a batch; pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from uuid import UUID, uuid5

from image_pipeline.events import RERUN, look_at
from image_pipeline.fingerprint import Change, what_changed
from image_pipeline.identity import image_id
from image_pipeline.object_keys import is_folder
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from image_pipeline.fingerprint import Fingerprint

    Record = dict[str, Any]

DONE_SINCE = "done since the backfill began"
_DIGITS = 16
_MESSAGES = UUID("6a0a9c55-54a4-4d0b-9a0f-2f1a4b1b54c3")
_SKIPPED = {
    Status.DELETED: "gone",
    Status.PENDING: "nothing was uploaded",
    Status.PROCESSING: "in work",
}


@dataclass(frozen=True)
class Batch:
    """Keys of one batch, and what the backfill is told about all of them.

    Args:
        backfill: the name of the backfill.
        run: the name of the execution.
        since: when the backfill began, in ISO 8601: an outcome that is newer is not made again,
            whatever its fingerprint tells, so that a backfill ends however often it is resumed.
        only: the one action that is wanted; "" for any.
        source: `prefix`, `inventory` or `keys`. An inventory may encode its keys as in URLs.
        keys: as the source names them.
    """

    backfill: str
    run: str
    since: str
    only: str
    source: str
    keys: tuple[str, ...]

    @property
    def work_key(self) -> str:
        """The key of the file of work; a repeated attempt at the same batch writes it again."""
        digest = hashlib.sha256("\n".join(self.keys).encode()).hexdigest()[:_DIGITS]
        return f"backfill/{self.backfill}/{self.run}/work/{digest}.jsonl"

    def spellings(self, key: str) -> tuple[str, ...]:
        """Return what a key of the source may stand for, the likeliest first."""
        decoded = unquote_plus(key) if self.source == "inventory" else key
        return (decoded, key) if decoded != key else (key,)

    def candidates(self, salt: bytes) -> list[str]:
        """Return the ids of the images whose records have to be read."""
        found = {image_id(each, salt): None for key in self.keys for each in self.spellings(key)}
        return list(found)


@dataclass(frozen=True)
class Decision:
    """What is done about a key, and why if it is nothing."""

    key: str
    image_id: str
    action: Change
    why: str = ""

    def told(self) -> dict[str, str]:
        """Return what the report shows."""
        told = {"key": self.key, "action": str(self.action)}
        return told | {"why": self.why} if self.why else told


def decide(
    batch: Batch, records: Mapping[str, Record], salt: bytes, current: Fingerprint
) -> list[Decision]:
    """Decide about each key of a batch once.

    Args:
        batch: the keys.
        records: by image id, those that exist.
        salt: of the image ids.
        current: the fingerprint of an outcome that is made now.
    """
    decisions: dict[str, Decision] = {}
    for named in batch.keys:
        spelled = batch.spellings(named)
        key = next((each for each in spelled if image_id(each, salt) in records), spelled[0])
        its_id = image_id(key, salt)
        action, why = _action(key, records.get(its_id), batch.since, current)
        if action is not Change.SKIP and batch.only not in {"", action}:
            why, action = f"not asked for: {action}", Change.SKIP
        decisions.setdefault(its_id, Decision(key, its_id, action, why))
    return list(decisions.values())


def _action(
    key: str, record: Record | None, since: str, current: Fingerprint
) -> tuple[Change, str]:
    if record is None:
        return (Change.SKIP, "a folder") if is_folder(key, 0) else (Change.ALL, "")
    status = Status(record["status"])
    if status in _SKIPPED:
        return Change.SKIP, _SKIPPED[status]
    if status is not Status.FAILED and record.get("processed_at", "") >= since:
        return Change.SKIP, DONE_SINCE
    change = what_changed(record, current)
    if change is not Change.SKIP:
        return change, ""
    return change, "done" if "moderation" in record else "refused as a file"


def work_of(batch: Batch, decisions: Sequence[Decision], bucket: str, time: str) -> bytes:
    """Return the lines of work, in JSON: for each image the execution to start."""
    lines = [
        json.dumps(
            {
                "key": each.key,
                "action": each.action,
                # The same for a key that the source names twice, so that it runs once.
                "name": f"backfill-{each.image_id}-{_digest(batch.run)}",
                # In its place in Express, where a name tells the message and its try.
                "message": str(uuid5(_MESSAGES, f"{batch.run}/{each.image_id}")),
                "event": look_at(bucket, each.key, RERUN, time, reuse=True),
            },
            separators=(",", ":"),
        )
        for each in decisions
        if each.action is not Change.SKIP
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
