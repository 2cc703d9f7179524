"""The events of one invocation: executed side by side, the failed ones reported to Lambda."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from dispatch.execution import Message, execute
from dispatch.waits import random_between, seconds_until_next
from image_pipeline import aws
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from concurrent.futures import Future

# To change the visibility of those that failed, and to answer.
_SECONDS_TO_ANSWER = 6.0


@dataclass(frozen=True)
class Batch:
    """The messages that Lambda passes on at once.

    Args:
        messages: of the queue.
        queue_url: of the queue.
        state_machine_arn: of what processes an upload.
    """

    messages: tuple[Message, ...]
    queue_url: str
    state_machine_arn: str

    def execute(self, seconds: float) -> dict[str, Any]:
        """Run an execution for every message.

        Args:
            seconds: that are left for all of them.

        Returns:
            `{"batchItemFailures"}`: the messages that stay in the queue.
        """
        pool = ThreadPoolExecutor(len(self.messages) or 1)
        ends = [pool.submit(execute, each, self.state_machine_arn) for each in self.messages]
        wait(ends, seconds - _SECONDS_TO_ANSWER)
        # Without waiting for an execution that does not answer.
        pool.shutdown(wait=False, cancel_futures=True)
        failed = [
            message
            for message, end in zip(self.messages, ends, strict=True)
            if not _has_succeeded(end)
        ]
        self._postpone(failed)
        return {"batchItemFailures": [{"itemIdentifier": each.id} for each in failed]}

    def _postpone(self, failed: list[Message]) -> None:
        with ThreadPoolExecutor(len(failed) or 1) as pool:
            for message in failed:
                pool.submit(_postpone, message, self.queue_url)


def _has_succeeded(end: Future[bool]) -> bool:
    if not end.done() or end.cancelled():
        return False
    if error := end.exception():
        # A fault of this function must not cost the other messages their try.
        logger.error("failed", exc_info=error)
        return False
    return end.result()


def _postpone(message: Message, queue_url: str) -> None:
    """Hide a message until its next try, not for the whole timeout of the queue."""
    seconds = seconds_until_next(message.attempt, random_between)
    try:
        aws.sqs().change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=message.receipt, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError):
        logger.exception("not postponed")
