"""Which records a rerun is for, and the name of the execution that it starts for one of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_PREFIX = "rerun-"
_DIGEST_LENGTH = 16
_ATTRIBUTES = (
    *("image_id", "key", "status", "reason", "processed_at", "claimed_at"),
    *("sequencer", "execution", "owner"),
)


@dataclass(frozen=True)
class Selection:
    """The conditions that a record meets, all of them; an empty one is met by every record.

    Args:
        statuses: one of which the record has.
        reasons: one of which the record has.
        since: the time from which on it was finished, or claimed if it is not finished.
        until: the time before which that was.
        prefix: with which its key begins.
        owner: that it has; "" for any.
    """

    statuses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    prefix: str = ""
    owner: str = ""

    def holds(self, record: dict[str, Any]) -> bool:
        """Whether a record meets the conditions; an item that is not a record meets none."""
        if not record.keys() >= {"image_id", "key", "status"}:
            return False
        return (
            (not self.statuses or record["status"] in self.statuses)
            and (not self.reasons or record.get("reason") in self.reasons)
            and record["key"].startswith(self.prefix)
            and (not self.owner or record.get("owner") == self.owner)
            and self._is_in_time(record)
        )

    def _is_in_time(self, record: dict[str, Any]) -> bool:
        if self.since is None and self.until is None:
            return True
        at = record.get("processed_at") or record.get("claimed_at")
        if at is None:
            return False
        time = datetime.fromisoformat(at)
        return (self.since is None or time >= self.since) and (
            self.until is None or time < self.until
        )

    def scan_parameters(self) -> dict[str, Any]:
        """Build the parameters with which a scan returns no more than it has to."""
        names = {f"#{name}": name for name in _ATTRIBUTES}
        return {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}


def execution_name(record: dict[str, Any], number: int = 1) -> str:
    """Return the name of the execution that judges a record again.

    It is the same for the same attempt, so that Step Functions refuses to start it twice.

    Args:
        record: which says what the last attempt was.
        number: 2 if the first execution after that attempt has ended without claiming the record.
    """
    attempt = f"{record.get('sequencer', '')} {record.get('execution', '')}"
    digest = hashlib.sha256(attempt.encode()).hexdigest()[:_DIGEST_LENGTH]
    ending = f"-{number}" if number > 1 else ""
    return f"{_PREFIX}{record['image_id']}-{digest}{ending}"


def is_from_rerun(record: dict[str, Any]) -> bool:
    """Whether the last attempt was one that a rerun had started."""
    # An execution that ends in an error adds a part to its ARN.
    arn = str(record.get("execution", "")).partition("/")[0]
    return arn.rpartition(":")[2].startswith(_PREFIX)
