"""What a deletion leaves: the record, kept answers, leases, and objects that no record tells of."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.attribute_values import encode
from image_pipeline.history import REVISION
from image_pipeline.identity import lease_id
from image_pipeline.read_model.contribution import order_of
from image_pipeline.read_model.projection import Projection, State
from image_pipeline.records import is_condition_unmet
from image_pipeline.schema import decode_record
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ops.pace import Patience

    Record = dict[str, Any]

# After everything that the removed record was, as the projector has it.
_GONE = "~"
_UNFINISHED = ("awaits", "open", "displaced")


def why_unfinished(record: Record) -> str:
    """Say why a record has to stay for now; "" if the deletion of its image is finished."""
    if record["status"] != Status.DELETED:
        return f"it is {record['status']}, because it was uploaded or written again meanwhile"
    if any(name in record for name in _UNFINISHED):
        return "its deletion is not finished, which the sweep does within half an hour"
    return ""


def tells_of(answer: str, image_ids: Collection[str]) -> bool:
    """Return whether an answer that is kept for an Idempotency-Key names one of the images."""
    text = zlib.decompress(base64.b85decode(answer)).decode()
    return any(each in text for each in image_ids)


@dataclass(frozen=True)
class Stores:
    """Tables and buckets of a stack.

    Args:
        dynamodb: a client.
        s3: a client.
        images: the name of the table of records.
        answers: the name of the table of kept answers and of leases.
        read_model: the name of the table of the read model.
        uploads: the name of the uploads bucket.
        renditions: the name of the renditions bucket.
        patience: with throttles.
    """

    dynamodb: Any
    s3: Any
    images: str
    answers: str
    read_model: str
    uploads: str
    renditions: str
    patience: Patience

    def record(self, image_id: str) -> Record | None:
        """Read the record of an image, None if there is none."""
        answer = self.patience(
            lambda: self.dynamodb.get_item(
                TableName=self.images, Key={"image_id": encode(image_id)}, ConsistentRead=True
            )
        )
        return decode_record(answer["Item"]) if "Item" in answer else None

    def forget(self, record: Record) -> bool:
        """Remove a record whose deletion is finished; False if somebody has written it since.

        It is removed from the read model as well, so that this does not wait for the projector.
        """
        names = ["status", "revision", *_UNFINISHED]
        closed = " AND ".join(
            ["#status = :deleted", "(attribute_not_exists(#revision) OR #revision = :known)"]
            + [f"attribute_not_exists(#{name})" for name in _UNFINISHED]
        )
        values = {":deleted": encode(Status.DELETED), ":known": encode(record.get(REVISION, 0))}
        try:
            self.patience(
                lambda: self.dynamodb.delete_item(
                    TableName=self.images,
                    Key={"image_id": encode(record["image_id"])},
                    ConditionExpression=closed,
                    ExpressionAttributeNames={f"#{name}": name for name in names},
                    ExpressionAttributeValues=values,
                )
            )
        except ClientError as error:
            if not is_condition_unmet(error):
                raise
            return False
        gone = State(order_of(record) + _GONE, None)
        # What fails here, the projector does when the stream tells it of the removal.
        Projection(self.read_model, lambda: self.dynamodb).apply({record["image_id"]: gone})
        return True

    def forget_answers(self, image_ids: Collection[str]) -> int:
        """Remove kept answers that name one of the images; return how many."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.answers, FilterExpression="attribute_exists(answer)"
        )
        found = [
            each["id"]
            for page in pages
            for each in page["Items"]
            if tells_of(each["answer"]["S"], image_ids)
        ]
        for each in found:
            self.dynamodb.delete_item(TableName=self.answers, Key={"id": each})
        return len(found)

    def forget_leases(self, image_ids: Collection[str]) -> None:
        """Remove the leases of reviewers, which DynamoDB may keep for two days."""
        for each in image_ids:
            self.dynamodb.delete_item(TableName=self.answers, Key={"id": encode(lease_id(each))})

    def versions(self, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
        """List versions and delete markers of the objects whose keys begin with a prefix."""
        for page in self._pages(bucket, prefix):
            yield from page

    def at(self, key: str) -> list[dict[str, Any]]:
        """List versions and delete markers of an upload."""
        found: list[dict[str, Any]] = []
        for page in self._pages(self.uploads, key):
            found += [each for each in page if each["Key"] == key]
            # Keys are in order: a longer one comes after all entries of this one.
            if any(each["Key"] != key for each in page):
                break
        return found

    def _pages(self, bucket: str, prefix: str) -> Iterator[list[dict[str, Any]]]:
        pages = self.s3.get_paginator("list_object_versions")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]

    def remove(self, bucket: str, versions: list[dict[str, Any]]) -> None:
        """Delete versions: older ones first and markers last, so that nothing becomes current."""
        # Delete markers have no size.
        order = sorted(versions, key=lambda each: ("Size" not in each, each["IsLatest"]))
        for each in order:
            self.s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
