"""Writes of the sweep to open records, each on the condition that nobody has written since."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.attribute_values import encode
from image_pipeline.claiming import recorded
from image_pipeline.current import current
from image_pipeline.errors import Reason, Superseded
from image_pipeline.history import event, now
from image_pipeline.observability import logger
from image_pipeline.outcome import FAILED, Outcome, finalize
from image_pipeline.records import ChangedError, is_condition_unmet, version_of
from image_pipeline.renditions_bucket import unnamed
from image_pipeline.status import Status
from sweep.open_records import ANNOUNCEMENT, RESTART

if TYPE_CHECKING:
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import RenditionsBucket
    from sweep.open_records import OpenRecord


@dataclass(frozen=True)
class Endings:
    """How an open record is taken from an execution that has ended.

    Args:
        records: the table of records.
        uploads_bucket: which the records are of.
        renditions_bucket: where their executions may have left something.
        topic_arn: where outcomes are announced.
    """

    records: Records
    uploads_bucket: str
    renditions_bucket: RenditionsBucket
    topic_arn: str

    def abandon(self, entry: OpenRecord) -> bool:
        """Fail a record, so that the next execution can claim it; False if it has changed."""
        record = self._unchanged(entry)
        if record is None:
            return False
        facts = {"status": Status.FAILED, "reason": Reason.STUCK, "processed_at": now()}
        about = event("abandoned", why=Reason.STUCK, execution=entry.execution)
        try:
            self.records.amend(record, {**facts, "awaits": RESTART}, (), [about])
        except ChangedError:
            return False
        _tell("took a record from an execution that has ended", entry)
        return True

    def is_replaced(self, entry: OpenRecord) -> bool:
        """Return whether the key holds something else than the record is of."""
        record = self._unchanged(entry)
        found = current(self.uploads_bucket, entry.key)
        return record is not None and version_of(record) != (found.version if found else None)

    def give_up(self, entry: OpenRecord, reason: Reason) -> bool:
        """Fail a record for good and announce that; False if it has changed.

        It stays open until the announcement is sent.
        """
        record = self._unchanged(entry)
        return record is not None and self._end(entry, record, reason)

    def announce(self, entry: OpenRecord) -> bool:
        """Announce a failure that an earlier sweep could not announce."""
        record = self._unchanged(entry)
        return record is not None and self._end(entry, record, Reason(record["reason"]))

    def _end(self, entry: OpenRecord, record: dict[str, Any], reason: Reason) -> bool:
        facts = {"awaits": ANNOUNCEMENT, "open": entry.image_id[0]}
        outcome = Outcome(Status.FAILED, reason, FAILED, facts)
        claim, upload = recorded(self.uploads_bucket, record)
        try:
            told = finalize(outcome, claim, upload, self.records, self.renditions_bucket)
        except Superseded:
            return False
        _tell("gave an upload up", entry)
        aws.sns().publish(TopicArn=self.topic_arn, **publication(told))
        remove = "awaits" if entry.displaced else "awaits, #open"
        self._write(entry, f"REMOVE {remove}", {}, status=Status.FAILED)
        return True

    def clean_up(self, entry: OpenRecord) -> bool:
        """Delete what displaced executions have left, and close the record."""
        # Listed first: whatever a later execution writes is not in the list.
        found = storage.list_versions(self.renditions_bucket.name, f"{entry.image_id}/")
        record = self._unchanged(entry)
        if record is None:
            return False
        self.renditions_bucket.delete(unnamed(found, record))
        return self._write(entry, "REMOVE #open, displaced", {})

    def _unchanged(self, entry: OpenRecord) -> dict[str, Any] | None:
        """Return the whole record; None if it has changed since it was indexed like this."""
        record = self.records.get(entry.image_id)
        if record is None:
            return None
        known = (entry.sequencer, entry.execution, entry.status)
        now = (record.get("sequencer"), record.get("execution"), record["status"])
        return record if now == known else None

    def _write(
        self,
        entry: OpenRecord,
        expression: str,
        values: dict[str, Any],
        status: Status | None = None,
    ) -> bool:
        values = {
            ":sequencer": entry.sequencer,
            ":execution": entry.execution,
            ":known": status or entry.status,
            **values,
        }
        names = {"#status": "status"} | ({"#open": "open"} if "#open" in expression else {})
        try:
            aws.dynamodb().update_item(
                TableName=self.records.table_name,
                Key={"image_id": encode(entry.image_id)},
                UpdateExpression=expression,
                ConditionExpression=(
                    "sequencer = :sequencer AND execution = :execution AND #status = :known"
                ),
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: encode(each) for name, each in values.items()},
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return False
        return True


def _tell(what: str, entry: OpenRecord) -> None:
    # With the keys that the lines of the other functions have, but from several threads at once.
    logger.info(what, extra={"image_id": entry.image_id, "correlation_id": entry.execution})


def publication(told: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of Publish, as the state `NotifyUser` has them."""
    texts = {"default": json.dumps(told["message"]), "email": told["email"]}
    attributes = {
        name: {"DataType": "String", "StringValue": told[name]} for name in ("status", "reason")
    }
    return {
        "Subject": told["subject"],
        "MessageStructure": "json",
        "Message": json.dumps(texts),
        "MessageAttributes": attributes,
    }
