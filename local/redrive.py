"""Replays the dead-letter queue: starts the executions that EventBridge could not start."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PER_CALL = 10
# Enough to start ten executions; a message that fails is visible again soon.
_SECONDS_HIDDEN = 60


@dataclass(frozen=True)
class Redriven:
    """A replayed event: the ARN of its execution, or the error that prevented it."""

    key: str
    execution: str | None
    error: str | None = None


def redrive(sqs: Any, stepfunctions: Any, queue_url: str, state_machine: str) -> list[Redriven]:
    """Start an execution for every event in the queue, and delete the event once it has started.

    Executions are named after the messages, so an event that was started but not deleted is not
    started twice.

    Args:
        sqs: a client.
        stepfunctions: a client.
        queue_url: of the upload rule's dead-letter queue.
        state_machine: its ARN.
    """
    results = []
    for message in _messages(sqs, queue_url):
        result = _start(stepfunctions, state_machine, message)
        if result.error is None:
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        results.append(result)
    return results


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
