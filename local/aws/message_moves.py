"""StartMessageMoveTask and ListMessageMoveTasks of SQS, which moto lacks.

A task is complete at once. docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference
"""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends
from moto.sqs.responses import SQSResponse

from local.aws.clients import client_of
from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import added

if TYPE_CHECKING:
    from collections.abc import Iterator

_RECEIVED_AT_ONCE = 10


@contextmanager
def moving() -> Iterator[None]:
    """Context manager in which SQS moves the messages of dead-letter queues back."""
    tasks: list[dict[str, Any]] = []

    def start_message_move_task(response: Any) -> ActionResult:
        source, target = response._get_param("SourceArn"), response._get_param("DestinationArn")
        moved = _move(source, target)
        task = {
            "TaskHandle": str(uuid.uuid4()),
            "Status": "COMPLETED",
            "SourceArn": source,
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": moved,
            "StartedTimestamp": int(time.time() * 1000),
        }
        tasks.insert(0, task)
        return ActionResult({"TaskHandle": task["TaskHandle"]})

    def list_message_move_tasks(response: Any) -> ActionResult:
        source = response._get_param("SourceArn")
        most = int(response._get_param("MaxResults") or 1)
        found = [each for each in tasks if each["SourceArn"] == source][:most]
        # Only a task that runs has a handle.
        return ActionResult({"Results": [_without_handle(each) for each in found]})

    with ExitStack() as patches:
        for method in (start_message_move_task, list_message_move_tasks):
            patches.enter_context(added(SQSResponse, method.__name__, method))
        yield


def _without_handle(task: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in task.items() if name != "TaskHandle"}


def _move(source: str, target: str | None) -> int:
    """Move the visible messages of a dead-letter queue; return how many there were.

    Without a target, each goes to the queue that it came from; here a dead-letter queue has one.
    """
    queues = sqs_backends[ACCOUNT][REGION].queues.values()
    if source not in {each.queue_arn for each in queues}:
        raise QueueDoesNotExist
    targets = [
        each.queue_arn
        for each in queues
        if (each.redrive_policy or {}).get("deadLetterTargetArn") == source
    ]
    client = client_of("sqs")
    names = [arn.rpartition(":")[2] for arn in (source, target or targets[0])]
    here, there = (client.get_queue_url(QueueName=name)["QueueUrl"] for name in names)
    moved = 0
    while found := client.receive_message(
        QueueUrl=here, MaxNumberOfMessages=_RECEIVED_AT_ONCE, MessageAttributeNames=["All"]
    ).get("Messages"):
        for message in found:
            client.send_message(
                QueueUrl=there,
                MessageBody=message["Body"],
                MessageAttributes=message.get("MessageAttributes", {}),
            )
            client.delete_message(QueueUrl=here, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved
