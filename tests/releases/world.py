"""A stack of the last release with images in every status, and executions that it has begun."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends

from image_pipeline.attribute_values import decode_item
from image_pipeline.history import now
from local.aws.environment import ACCOUNT, REGION, isolated
from local.aws.in_process import InProcess
from local.aws.invocation import Answer
from local.aws.moto_patches import replaced
from local.seeds import OPEN, PHOTO, plant
from tests.support.heif_files import heic
from tests.support.pictures import gradient_file

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.integration.story import ended, upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.offline import OfflineAws

    Record = dict[str, Any]

ABANDONED = OPEN.key
"""Claimed by an execution that does not exist."""

UNSTARTED = PHOTO.key
"""Its event waits in the dead-letter queue."""

FINISHED = {
    "uploads/photo.jpg": "approved",
    "uploads/photo.heic": "approved",
    "uploads/replaced.jpg": "rejected",
    "uploads/note.txt": "rejected",
    "uploads/explicit.jpg": "rejected",
    "uploads/doubtful.jpg": "review",
    "uploads/broken.jpg": "failed",
    "uploads/deleted.jpg": "deleted",
}
"""What the last release has finished."""

RUNNING = {
    "uploads/ValidateFunction": "approved",
    "uploads/ConvertFunction": "approved",
    "uploads/ThumbnailFunction": "approved",
    "uploads/MetadataFunction": "approved",
    "uploads/ModerateFunction": "approved",
    "uploads/StoreFunction": "approved",
    "uploads/RejectFunction": "rejected",
}
"""What it has begun: an invocation of the function with this name runs during the update."""

HOLDS = {key: key.rpartition("/")[2] for key in RUNNING}

BESIDE_METADATA = ("uploads/ThumbnailFunction", "uploads/ModerateFunction")
"""Those of it whose metadata is recorded meanwhile, at any time, by another branch."""

_PICTURE = gradient_file()
_CONTENTS = {
    "uploads/photo.heic": heic(),
    "uploads/note.txt": b"not a picture",
    "uploads/ConvertFunction": heic(),
    "uploads/RejectFunction": b"not a picture",
}
_LABELS = {"uploads/explicit.jpg": "Explicit Nudity=99", "uploads/doubtful.jpg": "Violence=70"}


def fill(aws: OfflineAws) -> None:
    """Let the release that is deployed process uploads to every status."""
    with _failing("ThumbnailFunction", "uploads/broken.jpg", aws):
        for key in FINISHED:
            ended(aws, begin(aws, key))
    ended(aws, upload(aws, "uploads/replaced.jpg", b"not a picture"))
    s3, bucket = aws.client("s3"), aws.deployment.ref("UploadsBucket")
    s3.delete_object(Bucket=bucket, Key="uploads/deleted.jpg")
    for arn in executions(aws):
        ended(aws, arn)
    plant(aws, OPEN, at=now())
    event = PHOTO.created(bucket)
    aws.place(PHOTO.key, event["detail"]["object"]["version-id"], PHOTO.draw(), "image/jpeg")
    aws.client("sqs").send_message(
        QueueUrl=aws.deployment.ref("UploadDeadLetterQueue"), MessageBody=json.dumps(event)
    )


def begin(aws: OfflineAws, key: str) -> str:
    """Upload what belongs under a key; return the ARN of its execution."""
    labels = {"local_moderation": _LABELS[key]} if key in _LABELS else {}
    return upload(aws, key, _CONTENTS.get(key, _PICTURE), **labels)


def executions(aws: OfflineAws) -> list[str]:
    """List all executions of the state machine."""
    pages = aws.client("stepfunctions").get_paginator("list_executions")
    machine = aws.deployment.ref("ImagePipelineStateMachine")
    found = pages.paginate(stateMachineArn=machine)
    return [each["executionArn"] for page in found for each in page["executions"]]


def records(aws: OfflineAws) -> dict[str, Record]:
    """Return all records, by key."""
    table = aws.deployment.ref("ImagesTable")
    items = aws.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
    found = map(decode_item, items)
    # Besides records, the table holds the sweep's own item.
    return {each["key"]: each for each in found if "status" in each}


def announcements(aws: OfflineAws) -> list[tuple[str, str, str]]:
    """List what subscribers were sent: key, status and id of each message."""
    topic = sns_backends[ACCOUNT][REGION].topics[aws.deployment.ref("OutcomesTopic")]
    sent = [json.loads(json.loads(each[1])["default"]) for each in topic.sent_notifications]
    return sorted((each["key"], each["status"], each["id"]) for each in sent)


@contextmanager
def _failing(function: str, key: str, aws: OfflineAws) -> Iterator[None]:
    """Context manager in which a function raises an error about an upload."""
    name, genuine = aws.deployment.ref(function), InProcess.invoke
    error = {"errorMessage": "a bug", "errorType": "RuntimeError", "stackTrace": []}

    def invoke(invoker: InProcess, invoked: str, payload: str) -> Answer:
        if invoked.partition(":")[0] == name and f'"{key}"' in payload:
            return Answer(json.dumps(error), failed=True)
        return genuine(invoker, invoked, payload)

    with replaced(InProcess, "invoke", invoke):
        yield
