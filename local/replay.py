"""`python -m local redrive`: replays the dead-letter queue of a deployed stack.

The only command here that calls real AWS, with the user's credentials. With AWS_ENDPOINT_URL and
both names given, it replays the queue of a running `python -m local serve`.
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
    """Replay every dead event of a stack with the user's credentials.

    Args:
        stack: its name, used to look up the queue and the state machine if they are "".
        queue: the URL of the dead-letter queue.
        machine: the ARN of the state machine.
        say: called with a line for each event.

    Returns:
        The number of events that could not be started; they stay in the queue.

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
    except (BotoCoreError, ClientError) as error:
        raise UsageError(str(error)) from error
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
