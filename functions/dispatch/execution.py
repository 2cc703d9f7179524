"""One event of the queue: its execution, from the start to the end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from dispatch.waits import random_between
from image_pipeline import aws
from image_pipeline.observability import logger
from image_pipeline.throttling import is_throttle
from image_pipeline.tries import Try

if TYPE_CHECKING:
    from collections.abc import Iterator

# A throttled start has cost nothing yet, but waiting longer would take the time of the execution.
_SECONDS_FOR_CAPACITY = 20.0
_LONGEST_PAUSE = 5.0


class Message(NamedTuple):
    """A message as Lambda passes it on: the try that it is for, its receipt and the event."""

    id: str
    receipt: str
    body: str
    attempt: Try

    @classmethod
    def of(cls, record: dict[str, Any]) -> Message:
        """Return the message of a record of the event."""
        received = int(record["attributes"]["ApproximateReceiveCount"])
        attempt = Try(record["messageId"], received)
        return cls(record["messageId"], record["receiptHandle"], record["body"], attempt)


def execute(message: Message, state_machine_arn: str) -> bool:
    """Run the execution of a message to its end; return whether it has succeeded."""
    name = message.attempt.name
    try:
        ended = _run(state_machine_arn, name, message.body)
    except (BotoCoreError, ClientError) as error:
        # It may run: then it loses its claim to the next try.
        logger.warning("no answer", extra={"execution": name, "why": str(error)})
        return False
    if ended["status"] == "SUCCEEDED":
        return True
    # The cause may quote the file.
    known = {"correlation_id": ended["executionArn"], "status": ended["status"]}
    logger.info("not succeeded", extra={**known, "error": ended.get("error")})
    return False


def _run(state_machine_arn: str, name: str, body: str) -> Any:
    pauses = _pauses()
    while True:
        try:
            return aws.synchronous_stepfunctions().start_sync_execution(
                stateMachineArn=state_machine_arn, name=name, input=body
            )
        except ClientError as error:
            if not is_throttle(error) or next(pauses, None) is None:
                raise


def _pauses() -> Iterator[float]:
    """Pause with full jitter, ever longer, until there is no time for more."""
    until = time.monotonic() + _SECONDS_FOR_CAPACITY
    longest = 0.5
    while time.monotonic() < until:
        pause = random_between(0, longest)
        time.sleep(pause)
        yield pause
        longest = min(_LONGEST_PAUSE, 2 * longest)
