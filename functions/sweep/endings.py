"""Writes of the sweep to open records, each on the condition that nobody has written since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.attribute_values import encode
from image_pipeline.claimed_record import recorded
from image_pipeline.current import current
from image_pipeline.errors import Reason, Superseded
from image_pipeline.history import event, now
from image_pipeline.observability import logger
from image_pipeline.outcome import FAILED, Outcome, finish
from image_pipeline.records import ChangedError, is_condition_unmet, version_of
from image_pipeline.renditions_bucket import unnamed
from image_pipeline.settling import ANNOUNCEMENT, RESTART, is_left
from image_pipeline.status import Status

if TYPE_CHECKING:
    from image_pipeline.settling import Settling
    from sweep.open_records import OpenRecord


@dataclass(frozen=True)
class Endings:
    """How an open record is taken from an execution that has ended.

    Args:
        settling: settles records, and knows where everything is.
    """

    settling: Settling

    def abandon(self, entry: OpenRecord) -> bool:
        """Fail a record, so that the next execution can claim it; False if it has changed."""
        record = self._unchanged(entry)
        if record is None:
            return False
        facts = {"status": Status.FAILED, "reason": Reason.STUCK, "processed_at": now()}
        about = event("abandoned", why=Reason.STUCK, execution=entry.execution)
        try:
            self.settling.records.amend(record, {**facts, "awaits": RESTART}, (), [about])
        except ChangedError:
            return False
        _tell("took a record from an execution that has ended", entry)
        return True

    def is_replaced(self, entry: OpenRecord) -> bool:
        """Return whether the key holds something else than the record is of."""
        record = self._unchanged(entry)
        found = current(self.settling.uploads_bucket, entry.key)
        return record is not None and version_of(record) != (found.version if found else None)

    def give_up(self, entry: OpenRecord, reason: Reason) -> bool:
        """Fail a record for good and announce that; False if it has changed.

        It stays open until the announcement is sent.
        """
        record = self._unchanged(entry)
        if record is None:
            return False
        facts = {"awaits": ANNOUNCEMENT, "open": entry.image_id[0]}
        outcome = Outcome(Status.FAILED, reason, FAILED, facts)
        settling = self.settling
        claim, upload = recorded(settling.uploads_bucket, record)
        try:
            failed = finish(outcome, claim, upload, settling.records, settling.renditions_bucket)
        except Superseded:
            return False
        _tell("gave an upload up", entry)
        settling.announce(failed)
        settling.close(failed)
        return True

    def settle(self, entry: OpenRecord) -> bool:
        """Do what has been left undone about a record; False if nothing has."""
        record = self._left(entry)
        if record is None:
            return False
        self.settling.settle(record)
        return True

    def is_left(self, entry: OpenRecord) -> bool:
        """Return whether a record waits for something that no function of the API still does."""
        return self._left(entry) is not None

    def _left(self, entry: OpenRecord) -> dict[str, Any] | None:
        record = self._unchanged(entry)
        if record is None or record.get("awaits") != entry.awaits or not is_left(record):
            return None
        return record

    def clean_up(self, entry: OpenRecord) -> bool:
        """Delete what displaced executions have left, and close the record."""
        # Listed first: whatever a later execution writes is not in the list.
        found = storage.list_versions(self.settling.renditions_bucket.name, f"{entry.image_id}/")
        record = self._unchanged(entry)
        if record is None:
            return False
        self.settling.renditions_bucket.delete(unnamed(found, record))
        return self._close(entry)

    def _unchanged(self, entry: OpenRecord) -> dict[str, Any] | None:
        """Return the whole record; None if it has changed since it was indexed like this."""
        record = self.settling.records.get(entry.image_id)
        if record is None:
            return None
        known = (entry.sequencer, entry.execution, entry.status)
        now = (record.get("sequencer"), record.get("execution"), record["status"])
        return record if now == known else None

    def _close(self, entry: OpenRecord) -> bool:
        """Take a record out of the index; False if it has changed since it was indexed."""
        known = {
            ":sequencer": entry.sequencer,
            ":execution": entry.execution,
            ":status": entry.status,
        }
        try:
            aws.dynamodb().update_item(
                TableName=self.settling.records.table_name,
                Key={"image_id": encode(entry.image_id)},
                UpdateExpression="REMOVE #open, displaced",
                ConditionExpression=(
                    "sequencer = :sequencer AND execution = :execution AND #status = :status"
                ),
                ExpressionAttributeNames={"#open": "open", "#status": "status"},
                ExpressionAttributeValues={name: encode(each) for name, each in known.items()},
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return False
        return True


def _tell(what: str, entry: OpenRecord) -> None:
    # With the keys that the lines of the other functions have, but from several threads at once.
    logger.info(what, extra={"image_id": entry.image_id, "correlation_id": entry.execution})
