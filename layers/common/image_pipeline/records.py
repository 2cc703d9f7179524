"""The record of each image in DynamoDB, and the conditions of every write to it.

Every change appends events to the history of the image, increases its revision and updates its
place in the lists, all in one write (`image_pipeline.history`, `image_pipeline.list_index`).

An execution claims the record (`image_pipeline.claiming`), and every later write is conditional on
that claim. Recording a refusal or a failure moves the claim to a new holder: steps of the execution
that are still running, because Step Functions gave them up, can no longer write.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline import aws
from image_pipeline.attribute_values import encode, encode_item
from image_pipeline.errors import ImagePipelineError, Superseded
from image_pipeline.history import (
    EARLIER,
    HISTORY,
    MODERATION_ANSWERS,
    REVISION,
    appending,
    changing,
    event,
    now,
    replacing,
)
from image_pipeline.list_index import ATTRIBUTES, change_of_status, list_attributes
from image_pipeline.schema import SCHEMA, SCHEMA_ATTRIBUTE, decode_record
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from image_pipeline.models import Claim

    Record = dict[str, Any]
    Event = dict[str, Any]

TAGGED = "tagged"
"""Attribute of a record whose version was rejected before and has the tag to expire."""

_LOST = "a newer upload, or another execution, holds the record"
_HOLDS_CLAIM = "sequencer = :sequencer AND execution = :execution"
# What no two states of a record have in common; releases that knew no revision wrote the others.
_STATE = (REVISION, "status", "sequencer", "execution")


class ChangedError(ImagePipelineError):
    """The record is not what a write is for; `record` is what it is, where that is known."""

    def __init__(self, record: Record | None = None) -> None:
        super().__init__("the record was written meanwhile")
        self.record = record or {}


@dataclass(frozen=True)
class Records:
    """The table of records.

    Every method that writes under a claim raises `Superseded` if the claim is not held.
    """

    table_name: str

    def replace(self, record: Record, known: Record | None, events: Sequence[Event]) -> Record:
        """Put a record in the place of the one that was read, None if there was none.

        Args:
            record: the new one.
            known: the one that was read.
            events: that have led to the new one.

        Returns:
            The record as it is now.

        Raises:
            ChangedError: somebody else has written meanwhile.
        """
        opened = {"created_at": now(), **record}
        history = replacing((known or {}).get(HISTORY, []), events, opened)
        return self._put(opened, known, history)

    def amend(
        self,
        known: Record,
        changes: Mapping[str, Any],
        remove: Collection[str],
        events: Sequence[Event],
    ) -> Record:
        """Change a record that was read, whoever holds it.

        Args:
            known: the record as it was read.
            changes: attributes to set, JSON-ready.
            remove: names of attributes to remove.
            events: that tell of the change; the last one makes it.

        Returns:
            The record as it is now.

        Raises:
            ChangedError: somebody else has written meanwhile.
        """
        kept = {name: value for name, value in known.items() if name not in remove}
        record = {"created_at": now(), **kept, **changes}
        *others, last = events
        told = [*others, changing(last, changes, remove)]
        return self._put(record, known, appending(known.get(HISTORY, []), told, record))

    def _put(self, record: Record, known: Record | None, history: list[Event]) -> Record:
        without = {name: value for name, value in record.items() if name not in ATTRIBUTES}
        written = {
            **without,
            **list_attributes(without),
            SCHEMA_ATTRIBUTE: SCHEMA,
            REVISION: (known or {}).get(REVISION, 0) + 1,
            HISTORY: history,
        }
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
                Item=encode_item(written),
                ConditionExpression=" AND ".join(conditions),
                **given,
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            raise ChangedError from error
        return written

    def note(self, claim: Claim, notes: dict[str, Any]) -> None:
        """Set attributes of the open record that are no facts about the image, without an event."""
        self._set(claim, notes)

    def update(self, claim: Claim, facts: dict[str, Any], about: Event) -> None:
        """Set facts of the open record: names to JSON-ready values; an event tells of them."""
        self._set(claim, facts, [changing(about, facts)])

    def finish(
        self,
        claim: Claim,
        status: Status,
        changes: dict[str, Any],
        forget: Collection[str] = (),
        events: Sequence[Event] | None = None,
    ) -> Record:
        """Set the terminal status of an open record; idempotent for the same status.

        Args:
            claim: on the record.
            status: the terminal one.
            changes: further attributes, JSON-ready.
            forget: names of attributes to remove.
            events: that tell of it; the last one makes the changes that no other makes.

        Returns:
            The record as it is now.
        """
        listed, unlisted = change_of_status(claim.image_id, status)
        facts = {"status": status, "processed_at": now(), **changes}
        remove = {"open", MODERATION_ANSWERS, EARLIER, *forget, *unlisted} - facts.keys()
        *others, last = events or [event(status)]
        told = {name for each in others for name in each.get("set", {})}
        rest = {name: value for name, value in facts.items() if name not in told}
        last = changing(last, rest, remove)
        try:
            record = self._write(claim, facts | listed, remove, [*others, last])
        except ChangedError as error:
            if not holds(error.record, claim, status):
                raise Superseded(_LOST) from error
            record = error.record  # this is a retry
        if "displaced" in record and "open" not in record:
            # Executions that lost this record may leave something; the sweep looks after them.
            self._set(claim, {"open": claim.image_id[0]}, status=status)
        return record

    def _set(
        self,
        claim: Claim,
        facts: dict[str, Any],
        events: Sequence[Event] = (),
        status: Status = Status.PROCESSING,
    ) -> None:
        try:
            self._write(claim, facts, (), events, status)
        except ChangedError as error:
            raise Superseded(_LOST) from error

    def _write(
        self,
        claim: Claim,
        facts: dict[str, Any],
        remove: Collection[str],
        events: Sequence[Event],
        status: Status = Status.PROCESSING,
    ) -> Record:
        """Set and remove attributes of a record that is held and has a status.

        Raises:
            ChangedError: it is not held, or has another status.
        """
        names = {f"#{position}": name for position, name in enumerate([*facts, *remove])}
        values = {f":{position}": encode(value) for position, value in enumerate(facts.values())}
        sets = [f"#{position} = :{position}" for position in range(len(facts))]
        clauses = [f"REMOVE {', '.join(list(names)[len(facts) :])}"] if remove else []
        if events:
            sets.append("#history = list_append(if_not_exists(#history, :none), :events)")
            clauses.append("ADD #revision :one")
            names |= {"#history": HISTORY, "#revision": REVISION}
            values |= {":none": encode([]), ":events": encode(events), ":one": encode(1)}
        try:
            answer = aws.dynamodb().update_item(
                TableName=self.table_name,
                Key={"image_id": encode(claim.image_id)},
                UpdateExpression=" ".join([f"SET {', '.join(sets)}", *clauses]),
                ConditionExpression=f"{_HOLDS_CLAIM} AND #status = :status",
                ExpressionAttributeNames={**names, "#status": "status"},
                ExpressionAttributeValues={
                    **_holder(claim),
                    **values,
                    ":status": encode(status),
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            found: Any = error.response
            raise ChangedError(decode_record(found.get("Item", {}))) from error
        return decode_record(answer["Attributes"])

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
        return decode_record(answer["Item"]) if "Item" in answer else None


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


def belongs_to(record: dict[str, Any] | None, claim: Claim) -> bool:
    """Return whether a record, open or finished, was last written under a claim."""
    found = record or {}
    held = (found.get("sequencer"), found.get("execution"))
    return held == (claim.sequencer, claim.execution)


def holds(record: dict[str, Any] | None, claim: Claim, status: Status) -> bool:
    """Return whether a record is held by a claim and has a status."""
    return belongs_to(record, claim) and (record or {}).get("status") == status


def _holder(claim: Claim) -> dict[str, Any]:
    return {":sequencer": encode(claim.sequencer), ":execution": encode(claim.execution)}
