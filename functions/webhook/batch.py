"""The messages of one invocation: delivered side by side, the failed ones reported to Lambda."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from image_pipeline.observability import count, logger, metrics
from webhook.delivery import Failed, Message, attempt, postpone

if TYPE_CHECKING:
    from concurrent.futures import Future

    from webhook.receiver import Receiver
    from webhook.secret import Secret

# Names are resolved before the receiver's own time limit can end anything.
_SECONDS_FOR_NAMES = 5.0


@dataclass(frozen=True)
class Batch:
    """The messages that Lambda passes on at once.

    Args:
        messages: of the queue.
        queue_url: of the queue.
    """

    messages: tuple[Message, ...]
    queue_url: str

    @classmethod
    def of(cls, event: dict[str, Any], queue_url: str) -> Batch:
        """Return the batch of an event."""
        return cls(tuple(Message.of(record) for record in event["Records"]), queue_url)

    def deliver(self, receiver: Receiver, secret: Secret) -> dict[str, Any]:
        """Try to deliver every message once.

        Returns:
            `{"batchItemFailures"}`: the messages that are not to be deleted.

        Raises:
            Exception: the secret cannot be read; every message is postponed.
        """
        try:
            keys = secret.keys()
        except Exception:
            self._postpone([(each, Failed("there is no secret")) for each in self.messages])
            raise
        failed = self._attempt_all(receiver, keys)
        self._postpone(failed)
        self._count(failed)
        return {"batchItemFailures": [{"itemIdentifier": each.id} for each, _ in failed]}

    def _attempt_all(
        self, receiver: Receiver, keys: tuple[bytes, ...]
    ) -> list[tuple[Message, Failed]]:
        pool = ThreadPoolExecutor(len(self.messages))
        tries = [pool.submit(attempt, each, receiver, keys) for each in self.messages]
        wait(tries, receiver.seconds + _SECONDS_FOR_NAMES)
        # Without waiting for a thread that no time limit ends.
        pool.shutdown(wait=False, cancel_futures=True)
        outcomes = zip(self.messages, map(_outcome, tries), strict=True)
        return [(message, failed) for message, failed in outcomes if failed is not None]

    def _postpone(self, failed: list[tuple[Message, Failed]]) -> None:
        with ThreadPoolExecutor(len(failed) or 1) as pool:
            done = [pool.submit(postpone, *each, self.queue_url) for each in failed]
        for error in filter(None, (each.exception() for each in done)):
            # The message is visible again after the timeout of the queue.
            logger.error("not postponed", exc_info=error)

    def _count(self, failed: list[tuple[Message, Failed]]) -> None:
        count("WebhooksDelivered", len(self.messages) - len(failed))
        if failed:
            count("WebhooksFailed", len(failed))
            oldest = time.time() - min(message.sent_at for message, _ in failed)
            metrics.add_metric("OldestWebhookSeconds", MetricUnit.Seconds, max(0.0, oldest))


def _outcome(one: Future[Failed | None]) -> Failed | None:
    if not one.done():
        return Failed("no answer in time")
    if error := one.exception():
        # A fault of this function must not cost the other messages their attempt.
        logger.error("failed", exc_info=error)
        return Failed(type(error).__name__)
    return one.result()
