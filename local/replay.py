"""`python -m local redrive`: replays the dead-letter queue of a deployed stack.

It is the one command here that reaches beyond this machine: with the user's own credentials, or,
with AWS_ENDPOINT_URL and the two names given, into a running `python -m local serve`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.errors import UsageError
from local.redrive import redrive
from local.uploads import printable

if TYPE_CHECKING:
    from collections.abc import Callable

_QUEUE, _MACHINE = "UploadDeadLetterQueue", "ImagePipelineStateMachine"


def replay(stack: str, queue: str, machine: str, say: Callable[[str], None]) -> int:
    """Start every dead event of a stack again, with the user's own credentials.

    Args:
        stack: its name, from which the other two are found if they are "".
        queue: the URL of the dead-letter queue.
        machine: the ARN of the state machine.
        say: called with a line for each event.

    Returns:
        How many could not be started; those stay in the queue.

    Raises:
        UsageError: there is no such stack, or its resources cannot be reached.
    """
    try:
        results = redrive(
            boto3.client("sqs"),
            boto3.client("stepfunctions"),
            queue or _physical(stack, _QUEUE),
            machine or _physical(stack, _MACHINE),
        )
    except (BotoCoreError, ClientError) as refused:
        raise UsageError(str(refused)) from refused
    for each in results:
        say(f"{printable(each.key)}  {each.error or each.execution}")
    left = sum(each.error is not None for each in results)
    say(f"{len(results) - left} started, {left} left in the queue")
    return left


def _physical(stack: str, logical_id: str) -> str:
    found = boto3.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId=logical_id
    )
    return found["StackResourceDetail"]["PhysicalResourceId"]
