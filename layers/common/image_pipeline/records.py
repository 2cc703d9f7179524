"""The record of each image in DynamoDB, and the rule about who may write it.

Delivery of events is at least once and unordered, so an execution first claims the record, and
every later write is conditional on that claim. A claim succeeds when there is no record yet, when
the stored upload is older, when this very execution claimed before (a retry or a redrive), or
when the execution that held the claim failed (somebody starts the same event again).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode, encode
from image_pipeline.errors import Superseded
from image_pipeline.models import Claim, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from image_pipeline.models import Upload

_MAY_CLAIM = (
    "attribute_not_exists(sequencer) OR sequencer < :sequencer"
    " OR (sequencer = :sequencer AND (execution = :execution OR #status = :failed))"
)
_HOLDS_CLAIM = "sequencer = :sequencer AND execution = :execution"


@dataclass(frozen=True)
class Records:
    """The table of records.

    Every writing method raises `Superseded` when the claim is not, or no longer, held.
    """

    table_name: str

    def claim(self, claim: Claim, upload: Upload) -> None:
        """Start a fresh record in `processing`, replacing what an older upload left."""
        record = {
            "image_id": claim.image_id,
            "status": Status.PROCESSING,
            "key": upload.object.key,
            "uploaded_at": upload.uploaded_at,
            "sequencer": claim.sequencer,
            "execution": claim.execution,
            "source": {"bytes": upload.size}
            | ({"version_id": upload.object.version_id} if upload.object.version_id else {}),
        }
        with _losing_is_superseded():
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode(record)["M"],
                ConditionExpression=_MAY_CLAIM,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={**_holder(claim), ":failed": encode(Status.FAILED)},
            )

    def update(self, claim: Claim, facts: dict[str, Any]) -> None:
        """Set attributes of the record: names to JSON-ready values."""
        names = {f"#{position}": name for position, name in enumerate(facts)}
        values = {f":{position}": encode(value) for position, value in enumerate(facts.values())}
        with _losing_is_superseded():
            aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression="SET "
                + ", ".join(f"#{position} = :{position}" for position in range(len(facts))),
                ConditionExpression=_HOLDS_CLAIM,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={**_holder(claim), **values},
            )

    def finish(self, claim: Claim, status: Status, facts: dict[str, Any]) -> None:
        """Bring the record to a terminal status."""
        self.update(claim, {"status": status, "processed_at": now(), **facts})

    def require_open_claim(self, claim: Claim) -> None:
        """Check, without writing, that the claim is held and the record not yet finished."""
        record = self.get(claim.image_id) or {}
        found = (record.get("sequencer"), record.get("execution"), record.get("status"))
        if found != (claim.sequencer, claim.execution, Status.PROCESSING):
            raise Superseded("the record was finished or taken over while this was made")

    def get(self, image_id: str) -> dict[str, Any] | None:
        """The record of an image as it is now, or None."""
        answer = aws.dynamodb().get_item(
            TableName=self.table_name, Key={"image_id": encode(image_id)}, ConsistentRead=True
        )
        return decode({"M": answer["Item"]}) if "Item" in answer else None


def now() -> str:
    """The time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _holder(claim: Claim) -> dict[str, Any]:
    return {":sequencer": encode(claim.sequencer), ":execution": encode(claim.execution)}


@contextmanager
def _losing_is_superseded() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise Superseded("a newer upload, or another execution, holds the record") from error
