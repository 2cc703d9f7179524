"""One smoke test against one stack: uploads, waits for outcomes, and checks them."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from image_pipeline.attribute_values import encode
from image_pipeline.object_keys import UPLOADS_PREFIX
from image_pipeline.schema import decode_record
from ops.images_api import ImagesApi
from ops.smoke.checks import Host, message_problems, record_problems
from ops.smoke.cleanup import Cleanup
from ops.smoke.pictures import DELETED, REPLACED, Picture, pictures, replacement
from ops.smoke.report import Row
from ops.smoke.stages import seconds_by_state
from ops.smoke.subscriber import Subscriber
from ops.smoke.urls import rendition_problems, still_working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ops.aws import Aws, Stack
    from ops.smoke.pictures import Expected
    from ops.smoke.subscriber import Message

_SECONDS_TO_CLEAN_UP = 60.0
_LONGEST_QUEUE_NAME = 80
_SUSPENDED = "null"


@dataclass(frozen=True)
class Change:
    """Something done to an object, at a time in terms of `time.monotonic`.

    `version_id` is that of the uploaded version; None for a deletion, and where the versioning of
    the bucket is suspended.
    """

    key: str
    expected: Expected
    at: float
    version_id: str | None
    row: Row

    def is_told_by(self, message: Message) -> bool:
        """Whether a message announces what became of it."""
        if message.body.get("key") != self.key or message.received_at < self.at:
            return False
        if self.version_id is not None:
            return bool(message.body.get("version_id") == self.version_id)
        is_deletion = self.expected.status == DELETED.status
        return is_deletion == (message.body.get("status") == DELETED.status)


class Trial:
    """One run against one stack.

    Args:
        aws: the caller's account.
        stack: to test.
        api_url: of its HTTP API.
        seconds: to wait for each outcome.
        say: called with each line to print.
    """

    def __init__(
        self, aws: Aws, stack: Stack, api_url: str, seconds: float, say: Callable[[str], None]
    ) -> None:
        run = secrets.token_hex(6)
        ending = f"-smoke-{run}"
        renditions = stack.output("RenditionsBucketName")
        self.prefix = f"{UPLOADS_PREFIX}smoke-{run}/"
        self.rows: list[Row] = []
        self._parameters, self._say, self._seconds = stack.parameters, say, seconds
        self._s3 = aws.client("s3")
        self._dynamodb = aws.client("dynamodb")
        self._stepfunctions = aws.client("stepfunctions")
        self._uploads = stack.output("UploadsBucketName")
        self._table = stack.output("ImagesTableName")
        self._images = ImagesApi(api_url, aws.credentials(), stack.region)
        delivery = stack.outputs.get("DeliveryUrl")
        self._host = Host(
            renditions, aws.s3_netloc(), urlsplit(delivery).netloc if delivery else None
        )
        self._subscriber = Subscriber(
            aws.client("sqs"),
            aws.client("sns"),
            stack.output("OutcomesTopicArn"),
            stack.name[: _LONGEST_QUEUE_NAME - len(ending)] + ending,
            self.prefix,
        )
        self.cleanup = Cleanup(
            self._s3,
            self._images,
            self._record_of,
            self._uploads,
            renditions,
            self.prefix,
            self._subscriber,
            min(seconds, _SECONDS_TO_CLEAN_UP),
        )

    def run(self) -> None:
        """Upload, replace and delete; check each outcome; read what each stage took."""
        self._subscriber.open()
        self._say("uploading five files …")
        uploads = [self._upload(picture) for picture in pictures(self._parameters)]
        for upload in uploads:
            self._await(upload)
        urls = {upload.key: self._check(upload) for upload in uploads}
        replaced = self._upload(replacement(self._parameters))
        self._await(replaced)
        newer = self._check(replaced, still_working(urls[replaced.key], "of the replaced version"))
        deleted = self._delete(replaced.key)
        self._await(deleted)
        self._check(deleted, still_working(newer, "of the deleted picture"))
        for row in self.rows:
            if row.execution:
                row.stages = seconds_by_state(self._history(row.execution))

    def _upload(self, picture: Picture) -> Change:
        key, at = self.prefix + picture.name, time.monotonic()
        answer = self._s3.put_object(
            Bucket=self._uploads, Key=key, Body=picture.data, ContentType=picture.content_type
        )
        row = self._row(picture.label, picture.name, picture.expected)
        version = answer.get("VersionId")
        known = version if version != _SUSPENDED else None
        return Change(key, picture.expected, at, known, row)

    def _delete(self, key: str) -> Change:
        at = time.monotonic()
        self._s3.delete_object(Bucket=self._uploads, Key=key)
        return Change(key, DELETED, at, None, self._row("deleted", REPLACED, DELETED))

    def _row(self, label: str, name: str, expected: Expected) -> Row:
        row = Row(label, name, str(expected))
        self.rows.append(row)
        return row

    def _await(self, change: Change) -> None:
        """Wait for the message about a change, and note what it says."""
        row = change.row
        message = self._subscriber.wait_for(change.is_told_by, change.at + self._seconds)
        if message is None:
            row.seconds = self._seconds
            row.problems.append(f"no message after {self._seconds:.0f} s")
            return
        row.seconds = message.received_at - change.at
        row.problems += message_problems(message, change.expected, change.version_id)
        row.image_id = str(message.body.get("image_id", ""))
        self.cleanup.image_ids[change.key] = row.image_id
        # An execution that ends in an error adds a part to its ARN.
        row.execution = str(self._record_of(row.image_id).get("execution", "")).partition("/")[0]

    def _check(self, change: Change, further: Iterable[str] = ()) -> list[str]:
        """Compare the API's answers with what was expected; return the URLs of the renditions."""
        row = change.row
        image = self._asked(change)
        renditions = (image or {}).get("renditions", [])
        for rendition in renditions:
            row.problems += rendition_problems(rendition, self._host)
        row.problems += further
        self._say(row.line)
        return [rendition["url"] for rendition in renditions]

    def _asked(self, change: Change) -> dict[str, Any] | None:
        """Ask the API for an image in both ways."""
        row = change.row
        try:
            at_key = self._images.image_at(change.key) or {}
            image_id = row.image_id or at_key.get("image_id", "")
            image = self._images.image(image_id) if image_id else None
        except OSError as error:
            row.problems.append(f"the API does not answer: {error}")
            return None
        row.problems += record_problems(image, change.expected, change.version_id)
        if at_key.get("image_id", "") != image_id:
            row.problems.append(f"the API finds the image {at_key.get('image_id')} at the key")
        return image

    def _record_of(self, image_id: str) -> dict[str, Any]:
        answer = self._dynamodb.get_item(
            TableName=self._table, Key={"image_id": encode(image_id)}, ConsistentRead=True
        )
        record: dict[str, Any] = decode_record(answer.get("Item", {}))
        return record

    def _history(self, execution: str) -> Iterator[dict[str, Any]]:
        pages = self._stepfunctions.get_paginator("get_execution_history").paginate(
            executionArn=execution, includeExecutionData=False
        )
        for page in pages:
            yield from page["events"]
