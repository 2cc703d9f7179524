"""The record of each image in DynamoDB, and the rule for who may write it.

Events may arrive late, twice or out of order. An execution therefore claims the record first, and
every later write is conditional on that claim. A claim succeeds if there is no record, if the
record is of an older upload, or if the execution that held the claim has failed, so that the same
event can be started again. Claiming is idempotent per execution: a retry keeps the existing record,
because the invocation that Step Functions gave up may still be writing to it. For the same reason,
recording a refusal or a failure moves the claim to a new holder: steps of the execution that are
still running can no longer write.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode, encode
from image_pipeline.errors import Reason, Superseded
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from image_pipeline.models import Claim, Upload

MODERATION_ANSWERS = "moderation_answers"
"""Attribute of an open record: answers of Rekognition that moderation has, by what was asked."""

_SWEEP = "sweep"
_NOTES = ("upload", "decoding")
_HOLDS_CLAIM = "sequencer = :sequencer AND execution = :execution"
_OWN = "execution IN (:execution, :ending)"
# An execution cannot claim again after its own failure.
_MAY_CLAIM = (
    "attribute_not_exists(sequencer) OR sequencer < :sequencer"
    f" OR (sequencer = :sequencer AND #status = :failed AND NOT ({_OWN}))"
)
_MAY_START_OVER = f"{_MAY_CLAIM} OR (sequencer = :sequencer AND {_OWN})"


@dataclass(frozen=True)
class Records:
    """The table of records.

    Every method that writes under a claim raises `Superseded` if the claim is not held.
    """

    table_name: str

    def claim(self, claim: Claim, upload: Upload) -> None:
        """Start a new record in `processing`, replacing that of an older upload."""
        try:
            self._put(claim.execution, claim, upload, _MAY_CLAIM)
        except Superseded as error:
            # If the current record is open and held by this claim, this is a retry.
            if not _is_open(error.record, claim):
                raise

    def start_over(self, claim: Claim, upload: Upload) -> Claim:
        """Claim the record, and replace everything that this execution wrote, even its outcome.

        Only the notes of the uploader stay, because they belong to the upload, whatever became of
        it, and the note of a decoding step, for a retry to see.

        Returns:
            The claim that is held from now on. Steps that still hold the given one have lost it.
        """
        known = self.get(claim.image_id) or {}
        is_of_upload = known.get("sequencer") == claim.sequencer
        notes = {name: known[name] for name in _NOTES if is_of_upload and name in known}
        self._put(_ending(claim), claim, upload, _MAY_START_OVER, notes)
        return replace(claim, execution=_ending(claim))

    def _put(
        self,
        holder: str,
        claim: Claim,
        upload: Upload,
        condition: str,
        notes: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        record = {
            "image_id": claim.image_id,
            "status": Status.PROCESSING,
            "key": upload.object.key,
            "uploaded_at": upload.uploaded_at,
            "claimed_at": now(),
            "sequencer": claim.sequencer,
            "execution": holder,
            "source": {"bytes": upload.size}
            | ({"version_id": upload.object.version_id} if upload.object.version_id else {}),
            **notes,
        }
        values = {
            **_holder(claim),
            ":ending": encode(_ending(claim)),
            ":failed": encode(Status.FAILED),
        }
        with _losing_is_superseded():
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode(record)["M"],
                ConditionExpression=condition,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def update(self, claim: Claim, facts: dict[str, Any]) -> None:
        """Set attributes of the open record: names to JSON-ready values."""
        self._set(claim, facts, Status.PROCESSING)

    def _set(self, claim: Claim, facts: dict[str, Any], status: Status, remove: str = "") -> None:
        """Set attributes of a record that is open or has the given status."""
        names = {f"#{position}": name for position, name in enumerate(facts)}
        sets = ", ".join(f"#{position} = :{position}" for position in range(len(facts)))
        values = {f":{position}": encode(value) for position, value in enumerate(facts.values())}
        with _losing_is_superseded():
            aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression=f"SET {sets}" + (f" REMOVE {remove}" if remove else ""),
                ConditionExpression=f"{_HOLDS_CLAIM} AND #status IN (:processing, :status)",
                ExpressionAttributeNames={**names, "#status": "status"},
                ExpressionAttributeValues={
                    **_holder(claim),
                    **values,
                    ":processing": encode(Status.PROCESSING),
                    ":status": encode(status),
                },
            )

    def abandon(self, claim: Claim) -> None:
        """Fail a record that its execution left in `processing`, so that another can claim it."""
        with _losing_is_superseded():
            aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression="SET #status = :failed, reason = :reason, processed_at = :now",
                ConditionExpression=f"({_HOLDS_CLAIM}) AND #status = :processing",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={
                    **_holder(claim),
                    ":failed": encode(Status.FAILED),
                    ":processing": encode(Status.PROCESSING),
                    ":reason": encode(Reason.STUCK),
                    ":now": encode(now()),
                },
            )

    def sweep_position(self) -> str:
        """Return the key at which the last sweep stopped; "" for the beginning of the bucket."""
        return str((self.get(_SWEEP) or {}).get("key", ""))

    def save_sweep_position(self, key: str) -> None:
        """Save the key at which a sweep stopped, under an id that no image can have."""
        aws.dynamodb().put_item(
            TableName=self.table_name, Item=encode({"image_id": _SWEEP, "key": key})["M"]
        )

    def finish(self, claim: Claim, status: Status, facts: dict[str, Any]) -> None:
        """Set the terminal status of an open record; idempotent for the same status."""
        self._set(
            claim, {"status": status, "processed_at": now(), **facts}, status, MODERATION_ANSWERS
        )

    def require_open_claim(self, claim: Claim) -> dict[str, Any]:
        """Return the record if the claim is held and the record is not finished."""
        record = self.get(claim.image_id)
        if record is None or not _is_open(record, claim):
            raise Superseded("the record was finished or taken over in the meantime")
        return record

    def get(self, image_id: str) -> dict[str, Any] | None:
        """Return the current record of an image, or None (a consistent read)."""
        answer = aws.dynamodb().get_item(
            TableName=self.table_name, Key={"image_id": encode(image_id)}, ConsistentRead=True
        )
        return decode({"M": answer["Item"]}) if "Item" in answer else None


def now() -> str:
    """Return the time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ending(claim: Claim) -> str:
    """Return the name under which an execution holds its record while it ends in an error."""
    return f"{claim.execution}/ending"


def _is_open(record: dict[str, Any] | None, claim: Claim) -> bool:
    found = record or {}
    held = (found.get("sequencer"), found.get("execution"), found.get("status"))
    return held == (claim.sequencer, claim.execution, Status.PROCESSING)


def _holder(claim: Claim) -> dict[str, Any]:
    return {":sequencer": encode(claim.sequencer), ":execution": encode(claim.execution)}


@contextmanager
def _losing_is_superseded() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        superseded = Superseded("a newer upload, or another execution, holds the record")
        answer: Any = error.response
        if "Item" in answer:
            superseded.record = decode({"M": answer["Item"]})
        raise superseded from error
