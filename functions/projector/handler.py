"""A batch of the stream of records in, the records of it that failed out."""

from __future__ import annotations

from image_pipeline.start import start

start()

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from image_pipeline.config import load
from image_pipeline.observability import logger, metrics, observed
from image_pipeline.read_model.projection import Projection
from projector.stream import batch_of, failures

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """The table of the read model."""

    read_model_table: str


settings = load(Settings)
projection = Projection(settings.read_model_table)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"Records"}` of a stream of DynamoDB in; `{"batchItemFailures"}` out."""
    batch = batch_of(event["Records"])
    failed = projection.apply(batch.states)
    for name, error in (batch.unreadable | failed).items():
        logger.error("not projected", extra={"of": name, "why": repr(error)})
    lag = max(0.0, time.time() - batch.oldest) * 1000
    metrics.add_metric("ProjectionLagMilliseconds", MetricUnit.Milliseconds, lag)
    return {"batchItemFailures": failures(batch, failed)}
