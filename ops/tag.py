"""`python -m ops tag`: tags the renditions of every approved image, for CloudFront to read.

A stack with `Delivery=CLOUDFRONT` tags what it approves; this is for what was approved before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.schema import decode_record
from image_pipeline.status import Status
from image_pipeline.storage import APPROVED
from ops.aws import Stack
from ops.pace import Pace, Patience
from ops.table import READ_UNITS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.aws import Aws

_GONE = {"NoSuchKey", "NoSuchVersion", "404"}
_ATTRIBUTES = ("image_id", "status", "renditions", "last_approved")


def tag(aws: Aws, stack_name: str, say: Callable[[str], None]) -> int:
    """Tag all renditions that readers may see; idempotent.

    Args:
        aws: the caller's account.
        stack_name: of the stack.
        say: called with each line to print.

    Returns:
        0, as an exit code.
    """
    stack = Stack.find(aws, stack_name)
    table, bucket = stack.output("ImagesTableName"), stack.output("RenditionsBucketName")
    s3, patience = aws.client("s3"), Patience(say)
    tagged = 0
    try:
        for record in _records(aws.client("dynamodb"), table, patience):
            for rendition in approved_renditions(record):
                where = {"Bucket": bucket, "Key": rendition["key"]}
                where |= {"VersionId": rendition["version_id"]} if "version_id" in rendition else {}
                tagged += patience(partial(_tagged, s3, where))
    finally:
        say(f"{tagged:,} renditions are tagged")
    return 0


def approved_renditions(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the renditions of an item of the table that readers may see."""
    is_approved = record.get("status") == Status.APPROVED
    own: list[dict[str, Any]] = record.get("renditions", []) if is_approved else []
    return [*own, *record.get("last_approved", {}).get("renditions", [])]


def _records(dynamodb: Any, table: str, patience: Patience) -> Iterator[dict[str, Any]]:
    """Read the whole table, slowly enough not to disturb the pipeline."""
    pace = Pace(READ_UNITS_PER_SECOND)
    names = {f"#{name}": name for name in _ATTRIBUTES}
    parameters: dict[str, Any] = {
        "TableName": table,
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
        "ReturnConsumedCapacity": "TOTAL",
    }
    while True:
        page = patience(partial(dynamodb.scan, **parameters))
        pace.spend(page.get("ConsumedCapacity", {}).get("CapacityUnits", 0))
        yield from map(decode_record, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        parameters["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _tagged(s3: Any, where: dict[str, str]) -> bool:
    """Tag a rendition; return False if it has been deleted since its record was read."""
    try:
        s3.put_object_tagging(**where, Tagging={"TagSet": [APPROVED]})
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        return False
    return True
