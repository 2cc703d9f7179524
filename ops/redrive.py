"""`python -m ops redrive`: starts the executions that EventBridge could not start.

Replays the dead-letter queue of the upload rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

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
    """A replayed event: the ARN of its execution, or the error that prevented it."""

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
    if not (queue and machine):
        found = Stack.find(aws, stack)
        queue = queue or found.resource("UploadDeadLetterQueue")
        machine = machine or found.output("StateMachineArn")
    started = left = 0
    try:
        for each in redrive(aws.client("sqs"), aws.client("stepfunctions"), queue, machine):
            say(f"{printable(each.key)}  {each.error or each.execution}")
            started += each.error is None
            left += each.error is not None
    finally:
        say(f"{started} started, {left} left in the queue")
    return left


def redrive(sqs: Any, stepfunctions: Any, queue_url: str, state_machine: str) -> Iterator[Redriven]:
    """Start an execution for every event in the queue, and delete the event once it has started.

    Executions are named after the messages, so an event that was started but not deleted is not
    started twice.

    Args:
        sqs: a client.
        stepfunctions: a client.
        queue_url: of the upload rule's dead-letter queue.
        state_machine: its ARN.
    """
    for message in _messages(sqs, queue_url):
        result = _start(stepfunctions, state_machine, message)
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


def _start(stepfunctions: Any, state_machine: str, message: dict[str, Any]) -> Redriven:
    try:
        key = str(json.loads(message["Body"])["detail"]["object"]["key"])
    except (ValueError, KeyError, TypeError):
        return Redriven("", None, "not an event of an upload")
    try:
        started = stepfunctions.start_execution(
            stateMachineArn=state_machine,
            name=f"redrive-{message['MessageId']}",
            input=message["Body"],
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
            return Redriven(key, None, str(error))
        machine = state_machine.replace(":stateMachine:", ":execution:")
        return Redriven(key, f"{machine}:redrive-{message['MessageId']}")
    return Redriven(key, started["executionArn"])
