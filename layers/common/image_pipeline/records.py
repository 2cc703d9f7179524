"""The record of each image in DynamoDB, and the rule about who may write it.

Delivery of events is at least once and unordered, so an execution first claims the record, and
every later write is conditional on that claim. A claim succeeds when there is no record yet, when
the stored upload is older, or when the execution that held the claim failed (somebody starts the
same event again). This very execution may have claimed before: then a retry finds its record as it
is, because an invocation that was given up may still run, and must not wipe what came after it.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode, encode
from image_pipeline.errors import Reason, Superseded
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from image_pipeline.models import Claim, Upload

_SWEEP = "sweep"
_HOLDS_CLAIM = "sequencer = :sequencer AND execution = :execution"
_MAY_CLAIM = (
    "attribute_not_exists(sequencer) OR sequencer < :sequencer"
    " OR (sequencer = :sequencer AND #status = :failed)"
)
_MAY_START_OVER = f"{_MAY_CLAIM} OR ({_HOLDS_CLAIM})"


@dataclass(frozen=True)
class Records:
    """The table of records.

    Every writing method raises `Superseded` when the claim is not, or no longer, held.
    """

    table_name: str

    def claim(self, claim: Claim, upload: Upload) -> None:
        """Start a fresh record in `processing`, replacing what an older upload left."""
        try:
            self._put(claim, upload, _MAY_CLAIM)
        except Superseded as superseded:
            # The refusal shows the record as it stands; ours and in work, this is a retry.
            if not _is_open(superseded.record, claim):
                raise

    def start_over(self, claim: Claim, upload: Upload) -> None:
        """Claim, and forget whatever this execution wrote before, even its outcome."""
        self._put(claim, upload, _MAY_START_OVER)

    def _put(self, claim: Claim, upload: Upload, condition: str) -> None:
        record = {
            "image_id": claim.image_id,
            "status": Status.PROCESSING,
            "key": upload.object.key,
            "uploaded_at": upload.uploaded_at,
            "claimed_at": now(),
            "sequencer": claim.sequencer,
            "execution": claim.execution,
            "source": {"bytes": upload.size}
            | ({"version_id": upload.object.version_id} if upload.object.version_id else {}),
        }
        values = {":sequencer": encode(claim.sequencer), ":failed": encode(Status.FAILED)}
        if condition is _MAY_START_OVER:
            values |= _holder(claim)  # DynamoDB refuses a value that no condition names
        with _losing_is_superseded():
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode(record)["M"],
                ConditionExpression=condition,
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )

    def update(self, claim: Claim, facts: dict[str, Any], remove: Collection[str] = ()) -> None:
        """Set attributes of the record, names to JSON-ready values, and remove others."""
        names = {f"#{position}": name for position, name in enumerate([*facts, *remove])}
        values = {f":{position}": encode(value) for position, value in enumerate(facts.values())}
        with _losing_is_superseded():
            aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression=_set_and_remove(len(facts), len(names)),
                ConditionExpression=_HOLDS_CLAIM,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={**_holder(claim), **values},
            )

    def abandon(self, claim: Claim) -> None:
        """Fail a record that its execution left in `processing`, so that it can be claimed."""
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

    def swept_up_to(self) -> str:
        """The key at which the last sweep of the uploads ended; "" for none."""
        return str((self.get(_SWEEP) or {}).get("key", ""))

    def sweep_on_from(self, key: str) -> None:
        """Keep that key. No image has the id under which it is kept."""
        aws.dynamodb().put_item(
            TableName=self.table_name, Item=encode({"image_id": _SWEEP, "key": key})["M"]
        )

    def finish(self, claim: Claim, status: Status, facts: dict[str, Any]) -> None:
        """Bring the record to a terminal status; of an earlier one no explanation is left."""
        explained = {"status": status, "processed_at": now(), **facts}
        self.update(claim, explained, remove={"reason", "message"}.difference(facts))

    def require_open_claim(self, claim: Claim) -> None:
        """Check, without writing, that the claim is held and the record not yet finished."""
        if not _is_open(self.get(claim.image_id), claim):
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


def _is_open(record: dict[str, Any] | None, claim: Claim) -> bool:
    found = record or {}
    held = (found.get("sequencer"), found.get("execution"), found.get("status"))
    return held == (claim.sequencer, claim.execution, Status.PROCESSING)


def _set_and_remove(settings: int, names: int) -> str:
    """The update expression for attributes by position: the first are set, the rest removed."""
    sets = ", ".join(f"#{position} = :{position}" for position in range(settings))
    removals = ", ".join(f"#{position}" for position in range(settings, names))
    return f"SET {sets}" + (f" REMOVE {removals}" if removals else "")


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
