"""Dispatch: events of uploads from the queue in, an Express execution run for each of them."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dispatch.batch import Batch
from dispatch.execution import Message
from image_pipeline.config import load
from image_pipeline.observability import observed

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """What processes an upload, and the queue that the events wait in."""

    state_machine_arn: str
    uploads_queue_url: str


settings = load(Settings)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Messages of the queue in; `{"batchItemFailures"}` out: those that stay in the queue."""
    messages = tuple(map(Message.of, event["Records"]))
    batch = Batch(messages, settings.uploads_queue_url, settings.state_machine_arn)
    return batch.execute(context.get_remaining_time_in_millis() / 1000)
