"""The record of each image in DynamoDB, and the conditions of every write to it.

An execution claims the record (`image_pipeline.claiming`), and every later write is conditional on
that claim. Recording a refusal or a failure moves the claim to a new holder: steps of the execution
that are still running, because Step Functions gave them up, can no longer write.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import decode_item, encode, encode_item
from image_pipeline.errors import ImagePipelineError, Superseded
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from image_pipeline.models import Claim

MODERATION_ANSWERS = "moderation_answers"
"""Attribute of an open record: answers of Rekognition that moderation has, by what was asked."""

TAGGED = "tagged"
"""Attribute of a record whose version was rejected before and has the tag to expire."""

_HOLDS_CLAIM = "sequencer = :sequencer AND execution = :execution"
# What no two states of a record have in common.
_STATE = ("status", "sequencer", "execution")


class ChangedError(ImagePipelineError):
    """The record is no longer what it was when it was read."""


@dataclass(frozen=True)
class Records:
    """The table of records.

    Every method that writes under a claim raises `Superseded` if the claim is not held.
    """

    table_name: str

    def replace(self, record: dict[str, Any], known: dict[str, Any] | None) -> None:
        """Put a record in the place of the one that was read, None if there was none.

        Raises:
            ChangedError: another execution has written meanwhile.
        """
        conditions = ["attribute_not_exists(image_id)"] if known is None else []
        names, values = {}, {}
        for name in _STATE if known is not None else ():
            names[f"#{name}"] = name
            if known is not None and name in known:
                conditions.append(f"#{name} = :{name}")
                values[f":{name}"] = encode(known[name])
            else:
                conditions.append(f"attribute_not_exists(#{name})")
        given: Any = {"ExpressionAttributeNames": names} if names else {}
        given |= {"ExpressionAttributeValues": values} if values else {}
        try:
            aws.dynamodb().put_item(
                TableName=self.table_name,
                Item=encode_item(record),
                ConditionExpression=" AND ".join(conditions),
                **given,
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            raise ChangedError("the record was written meanwhile") from error

    def update(self, claim: Claim, facts: dict[str, Any]) -> None:
        """Set attributes of the open record: names to JSON-ready values."""
        self._set(claim, facts, Status.PROCESSING)

    def finish(
        self,
        claim: Claim,
        status: Status,
        facts: dict[str, Any],
        forget: Collection[str] = (),
    ) -> dict[str, Any]:
        """Set the terminal status of an open record; idempotent for the same status.

        Args:
            claim: on the record.
            status: the terminal one.
            facts: further attributes, JSON-ready.
            forget: names of attributes to remove.

        Returns:
            The record as it is now.
        """
        written = {"status": status, "processed_at": now(), **facts}
        record = self._set(
            claim, written, status, {"open", MODERATION_ANSWERS, *forget} - written.keys()
        )
        if "displaced" in record:
            # Executions that lost this record may leave something; the sweep looks after them.
            self._set(claim, {"open": claim.image_id[0]}, status)
        return record

    def _set(
        self,
        claim: Claim,
        facts: dict[str, Any],
        status: Status,
        remove: Collection[str] = (),
    ) -> dict[str, Any]:
        """Set and remove attributes of a record that is open or has the given status."""
        names = {f"#{position}": name for position, name in enumerate([*facts, *remove])}
        values = {f":{position}": encode(value) for position, value in enumerate(facts.values())}
        sets = ", ".join(f"#{position} = :{position}" for position in range(len(facts)))
        removes = ", ".join(list(names)[len(facts) :])
        with _losing_is_superseded():
            answer = aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression=f"SET {sets}" + (f" REMOVE {removes}" if removes else ""),
                ConditionExpression=f"{_HOLDS_CLAIM} AND #status IN (:processing, :status)",
                ExpressionAttributeNames={**names, "#status": "status"},
                ExpressionAttributeValues={
                    **_holder(claim),
                    **values,
                    ":processing": encode(Status.PROCESSING),
                    ":status": encode(status),
                },
                ReturnValues="ALL_NEW",
            )
        return decode_item(answer["Attributes"])

    def require_open_claim(self, claim: Claim) -> dict[str, Any]:
        """Return the record if the claim is held and the record is not finished."""
        record = self.get(claim.image_id)
        if record is None or not holds(record, claim, Status.PROCESSING):
            raise Superseded("the record was finished or taken over in the meantime")
        return record

    def get(self, image_id: str) -> dict[str, Any] | None:
        """Return the current record of an image, or None (a consistent read)."""
        answer = aws.dynamodb().get_item(
            TableName=self.table_name, Key={"image_id": encode(image_id)}, ConsistentRead=True
        )
        return decode_item(answer["Item"]) if "Item" in answer else None


def now() -> str:
    """Return the time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ending(execution: str) -> str:
    """Return the name under which an execution holds its record while it ends in an error."""
    return f"{execution}/ending"


def version_of(record: dict[str, Any]) -> str | None:
    """Return the version of the object that a record is of; None if the object is gone."""
    found: str | None = record.get("version", record.get("source", {}).get("version_id"))
    return found


def is_condition_unmet(error: ClientError) -> bool:
    """Return whether DynamoDB refused a write because its condition does not hold."""
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def holds(record: dict[str, Any] | None, claim: Claim, status: Status) -> bool:
    """Return whether a record is held by a claim and has a status."""
    found = record or {}
    held = (found.get("sequencer"), found.get("execution"), found.get("status"))
    return held == (claim.sequencer, claim.execution, status)


def _holder(claim: Claim) -> dict[str, Any]:
    return {":sequencer": encode(claim.sequencer), ":execution": encode(claim.execution)}


@contextmanager
def _losing_is_superseded() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if not is_condition_unmet(error):
            raise
        raise Superseded("a newer upload, or another execution, holds the record") from error
