"""Starting again what never reached the state machine: the replay of the dead-letter queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_PER_CALL = 10
# Long enough to start ten executions; short enough to come back soon when one cannot be started.
_SECONDS_HIDDEN = 60


@dataclass(frozen=True)
class Redriven:
    """One event: `execution` is the ARN of what was started, `error` why nothing was."""

    key: str
    execution: str | None
    error: str | None = None


def redrive(sqs: Any, stepfunctions: Any, queue_url: str, state_machine: str) -> list[Redriven]:
    """Start every event in the queue again, and delete each only after its start succeeded.

    An execution is named after the message, so that an event which was started but not deleted is
    not started twice.

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
    """Each message once, until the queue shows none."""
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
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "ExecutionAlreadyExists":
            return Redriven(key, None, str(refused))
        machine = state_machine.replace(":stateMachine:", ":execution:")
        return Redriven(key, f"{machine}:redrive-{message['MessageId']}")
    return Redriven(key, started["executionArn"])
