"""Starts the processing of what a key holds, by the workflow type of the deployment.

Everything that starts work goes through here: the API, the sweep and the commands of an operator.
With `WorkflowType=STANDARD` that is an execution, with `EXPRESS` a message to the queue that the
upload rule sends to, too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from image_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ALREADY_EXISTS = "ExecutionAlreadyExists"


class Workflow(NamedTuple):
    """What processes uploads.

    Args:
        state_machine_arn: of the state machine.
        uploads_queue_url: of the queue of uploads, None if there is none.
        stepfunctions: returns a client; by default that of functions.
        sqs: as well.
    """

    state_machine_arn: str
    uploads_queue_url: str | None = None
    stepfunctions: Callable[[], Any] = lambda: aws.stepfunctions()
    sqs: Callable[[], Any] = lambda: aws.sqs()

    @property
    def is_queued(self) -> bool:
        """Whether work waits in a queue, whose messages have no names and cannot be listed."""
        return self.uploads_queue_url is not None

    def start(self, name: str, event: Mapping[str, Any]) -> str:
        """Start the processing of an event.

        Args:
            name: of the execution. A queue has none: what is sent twice is processed twice.
            event: as EventBridge delivers it.

        Returns:
            The ARN of the execution, or the id of the message.

        Raises:
            AlreadyStartedError: there is an execution of this name.
        """
        if self.uploads_queue_url is not None:
            sent = self.sqs().send_message(
                QueueUrl=self.uploads_queue_url, MessageBody=json.dumps(event)
            )
            return str(sent["MessageId"])
        try:
            started = self.stepfunctions().start_execution(
                stateMachineArn=self.state_machine_arn, name=name, input=json.dumps(event)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _ALREADY_EXISTS:
                raise
            raise AlreadyStartedError(name) from error
        return str(started["executionArn"])


class AlreadyStartedError(Exception):
    """An execution of this name exists."""
