"""The second half of a command of the API: what follows from a new status.

A command first writes the new status, in one conditional write that also says what the record waits
for (`awaits`) and puts it into the index of open records. Then it deletes, tags and publishes, and
closes the record. Whatever stops it in between, the sweep finds the record and does the rest. All
of it is idempotent, except for publishing: a repeated message has the same id.

Only one function at a time works on a record. `settling` says until when nobody else may: longer
than a function of the API can run.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from image_pipeline import aws, storage, uploads_bucket
from image_pipeline.attribute_values import encode
from image_pipeline.claimed_record import recorded
from image_pipeline.current import current
from image_pipeline.events import RERUN as SOURCE
from image_pipeline.events import look_at
from image_pipeline.history import REVISION, event, now
from image_pipeline.notification import publication
from image_pipeline.outcome import announcement, tag
from image_pipeline.records import ChangedError, is_condition_unmet
from image_pipeline.renditions_bucket import unnamed
from image_pipeline.status import Status
from image_pipeline.workflow import AlreadyStartedError

if TYPE_CHECKING:
    from image_pipeline.models import S3Object
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import RenditionsBucket
    from image_pipeline.workflow import Workflow

    Record = dict[str, Any]

RESTART, RERUN, ANNOUNCEMENT = "restart", "rerun", "announcement"
"""What a record that has ended may still wait for, in its attribute `awaits`."""

SETTLING = "settling"
"""Attribute of such a record: `{"until", …}`, what settling it needs to know."""

LEASE_SECONDS = 60
"""For how long nobody else settles a record: longer than functions of the API can run."""

NAME_PREFIX = "rerun-"
"""How the names of the executions begin that are started here; the id of the image follows."""


def awaiting(image_id: str, what: str, **known: Any) -> dict[str, Any]:
    """Return the attributes of a record that its writer settles next.

    Args:
        image_id: of the image.
        what: `ANNOUNCEMENT` or `RERUN`.
        known: what settling needs and the record does not tell; None is left out.
    """
    kept = {name: value for name, value in known.items() if value is not None}
    until = {"until": int(time.time()) + LEASE_SECONDS}
    return {"open": image_id[0], "awaits": what, SETTLING: {**until, **kept}}


def is_left(record: Record) -> bool:
    """Return whether a record waits for something that no function of the API still does."""
    return "awaits" in record and record.get(SETTLING, {}).get("until", 0) <= time.time()


class Settling(NamedTuple):
    """Settles records.

    Args:
        records: the table of records.
        uploads_bucket: which they are of.
        renditions_bucket: where their renditions are, and what readers see of them.
        topic_arn: where outcomes are announced.
        workflow: what processes uploads.
    """

    records: Records
    uploads_bucket: str
    renditions_bucket: RenditionsBucket
    topic_arn: str
    workflow: Workflow

    def settle(self, record: Record) -> Record:
        """Do what a record waits for that this function has just written, or taken.

        Returns:
            The record as it is now, unless somebody else has written meanwhile.
        """
        if record["awaits"] == RERUN:
            self._start(record)
            return record  # the claim of the execution replaces it
        if record["status"] == Status.DELETED:
            self._remove(record)
        else:
            self._clean_up(record)
        self.announce(record)
        closed = self.close(record)
        if record["status"] == Status.DELETED and current(self.uploads_bucket, record["key"]):
            self._start(record)  # uploads were not claimed while the record waited
        return closed

    def take(self, record: Record) -> bool:
        """Take a record that somebody else has not settled; False if that may still happen."""
        if not is_left(record):
            return False
        known = record.get(SETTLING, {})
        held = {**known, "until": int(time.time()) + LEASE_SECONDS}
        unchanged = "#settling = :known" if known else "attribute_not_exists(#settling)"
        try:
            aws.dynamodb().update_item(
                TableName=self.records.table_name,
                Key={"image_id": encode(record["image_id"])},
                UpdateExpression="SET #settling = :held",
                ConditionExpression=f"awaits = :awaits AND {unchanged}",
                ExpressionAttributeNames={"#settling": SETTLING},
                ExpressionAttributeValues={
                    ":held": encode(held),
                    ":awaits": encode(record["awaits"]),
                    **({":known": encode(known)} if known else {}),
                },
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return False
        return True

    def announce(self, record: Record) -> None:
        """Publish the outcome of a record, in the words of the state machine."""
        claim, upload = recorded(self.uploads_bucket, record)
        told = announcement(record, claim, upload)
        aws.sns().publish(TopicArn=self.topic_arn, **publication(told))

    def close(self, record: Record) -> Record:
        """Take an announced record out of the index, unless it has executions to follow."""
        done = ["awaits", SETTLING, *([] if record.get("displaced") else ["open"])]
        try:
            return self.records.amend(record, {}, done, [event("announced")])
        except ChangedError:
            return record

    def _remove(self, record: Record) -> None:
        """Delete renditions and uploads of a deleted image."""
        known = record[SETTLING]
        self.renditions_bucket.delete(self._renditions(record))
        if "upload_id" in known:
            uploads_bucket.abort(self.uploads_bucket, record["key"], known["upload_id"])
        uploads_bucket.remove(self.uploads_bucket, record["key"], known.get("version"))

    def _clean_up(self, record: Record) -> None:
        """Let readers see what is approved, delete what a record does not name, tag its upload."""
        # Listed first: what an execution writes that claims the record now is not in the list.
        found = self._renditions(record)
        latest = self.records.get(record["image_id"]) or {}
        if latest.get(REVISION) == record[REVISION]:
            if record["status"] == Status.APPROVED:
                # Not before: another decision could have come first.
                self.renditions_bucket.approve(record["renditions"])
            self.renditions_bucket.delete(unnamed(found, record))
            _, upload = recorded(self.uploads_bucket, record)
            tag(record, upload)

    def _renditions(self, record: Record) -> set[S3Object]:
        return storage.list_versions(self.renditions_bucket.name, f"{record['image_id']}/")

    def _start(self, record: Record) -> None:
        """Start an execution that judges again what the key of a record holds."""
        # The same for the same request, so that Step Functions refuses to start it twice.
        name = f"{NAME_PREFIX}{record['image_id']}-{record[REVISION]}"
        with suppress(AlreadyStartedError):
            self.workflow.start(name, look_at(self.uploads_bucket, record["key"], SOURCE, now()))
