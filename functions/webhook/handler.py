"""Webhooks: notifications from the queue in, signed requests to the operator's receiver out."""

from __future__ import annotations

from image_pipeline.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.config import load
from image_pipeline.observability import observed
from webhook.batch import Batch
from webhook.receiver import Receiver
from webhook.secret import Secret

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Where outcomes are sent, the queue that they wait in, and the secret that signs them."""

    webhook_url: str
    webhooks_queue_url: str
    webhook_secret_arn: str


settings = load(Settings)
receiver = Receiver.at(settings.webhook_url)
secret = Secret(settings.webhook_secret_arn)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Messages of the queue in; `{"batchItemFailures"}` out: those that stay in the queue.

    Raises:
        ConfigError, ClientError, BotoCoreError: there is no secret to sign with; the messages wait
            as if the receiver had not answered.
    """
    return Batch.of(event, settings.webhooks_queue_url).deliver(receiver, secret)
