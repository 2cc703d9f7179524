"""`python -m ops redrive`: starts the executions that EventBridge could not start.

Replays the dead-letter queue of the upload rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from image_pipeline.workflow import AlreadyStartedError, Workflow
from local.uploads import printable
from ops.aws import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.aws import Aws

_MOST_PER_CALL = 10
# Enough to start ten executions; a message that fails is visible again soon.
_SECONDS_HIDDEN = 60


@dataclass(frozen=True)
class Redriven:
    """A replayed event: its execution, or its new message, or the error that prevented it."""

    key: str
    execution: str | None
    error: str | None = None


def replay(aws: Aws, stack: str, queue: str, machine: str, say: Callable[[str], None]) -> int:
    """Replay every dead event of a stack.

    Args:
        aws: the caller's account.
        stack: its name, used to look up the queue and the state machine if they are "".
        queue: the URL of the dead-letter queue.
        machine: the ARN of the state machine.
        say: called with a line for each event.

    Returns:
        The number of events that could not be started; they stay in the queue.
    """
    if queue and machine:
        stepfunctions = aws.client("stepfunctions")
        workflow = Workflow(machine, None, lambda: stepfunctions)
    else:
        found = Stack.find(aws, stack)
        queue = queue or found.resource("UploadDeadLetterQueue")
        workflow = found.workflow(aws)
        workflow = workflow._replace(state_machine_arn=machine or workflow.state_machine_arn)
    started = left = 0
    try:
        for each in redrive(aws.client("sqs"), workflow, queue):
            say(f"{printable(each.key)}  {each.error or each.execution}")
            started += each.error is None
            left += each.error is not None
    finally:
        say(f"{started} started, {left} left in the queue")
    return left


def redrive(sqs: Any, workflow: Workflow, queue_url: str) -> Iterator[Redriven]:
    """Start an execution for every event in the queue, and delete the event once it has started.

    Executions are named after the messages, so an event that was started but not deleted is not
    started twice. Where uploads wait in a queue, it may be sent twice, and is processed once.

    Args:
        sqs: a client.
        workflow: what processes uploads.
        queue_url: of the upload rule's dead-letter queue.
    """
    for message in _messages(sqs, queue_url):
        result = _start(workflow, message)
        if result.error is None:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        yield result


def _messages(sqs: Any, queue_url: str) -> Iterator[dict[str, Any]]:
    """Receive each message once, until the queue is empty."""
    seen: set[str] = set()
    while received := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=_MOST_PER_CALL,
        VisibilityTimeout=_SECONDS_HIDDEN,
        WaitTimeSeconds=1,
    ).get("Messages"):
        if all(message["MessageId"] in seen for message in received):
            return
        for message in received:
            if message["MessageId"] not in seen:
                seen.add(message["MessageId"])
                yield message


def _start(workflow: Workflow, message: dict[str, Any]) -> Redriven:
    try:
        event = json.loads(message["Body"])
        key = str(event["detail"]["object"]["key"])
    except (ValueError, KeyError, TypeError):
        return Redriven("", None, "not an event of an upload")
    name = f"redrive-{message['MessageId']}"
    try:
        return Redriven(key, workflow.start(name, event))
    except ClientError as error:
        return Redriven(key, None, str(error))
    except AlreadyStartedError:
        machine = workflow.state_machine_arn.replace(":stateMachine:", ":execution:")
        return Redriven(key, f"{machine}:{name}")
