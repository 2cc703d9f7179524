"""Logs, metrics and traces of every function, defined once.

Every log line is JSON with the execution as correlation id and the image's id; every metric is
EMF under the namespace and service that the template sets; every stage is an X-Ray subsegment.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from image_pipeline.errors import ImagePipelineError
from image_pipeline.tracing import annotate, subsegment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from image_pipeline.models import Claim
    from image_pipeline.status import Status

    Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()
metrics = Metrics()


def observed(handler: Handler) -> Handler:
    """Decorate a handler with the three; what it raises is logged once and raised on."""

    @wraps(handler)
    def story(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        with stage("Handler"):
            try:
                return handler(event, context)
            except ImagePipelineError as outcome:
                logger.info("refused", extra={"error": type(outcome).__name__, "why": str(outcome)})
                raise
            except Exception:
                logger.exception("failed")
                raise

    measured = metrics.log_metrics(story, capture_cold_start_metric=True)
    return cast("Handler", logger.inject_lambda_context(measured, clear_state=True))


def identify(claim: Claim) -> None:
    """Put the image and the execution on every line and trace that follows."""
    logger.append_keys(image_id=claim.image_id)
    logger.set_correlation_id(claim.execution)
    annotate("image_id", claim.image_id)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time a stage: an X-Ray subsegment and a metric `<name>Milliseconds`."""
    start = time.perf_counter()
    try:
        with subsegment(name):
            yield
    finally:
        elapsed = (time.perf_counter() - start) * 1000
        metrics.add_metric(f"{name}Milliseconds", MetricUnit.Milliseconds, elapsed)


def count_outcome(status: Status, reason: str | None) -> None:
    """Count an image by the status that it ended in, and by the reason for it."""
    # A metric of its own: a dimension on the others would split them by reason as well.
    with single_metric(f"Images{status.capitalize()}", MetricUnit.Count, 1) as outcome:
        outcome.add_dimension("reason", reason or "none")


def count(name: str, amount: int) -> None:
    """Add to a metric."""
    metrics.add_metric(name, MetricUnit.Count, amount)


def count_bytes(direction: str, amount: int) -> None:
    """Count the bytes read (`In`) or written (`Out`)."""
    metrics.add_metric(f"Bytes{direction}", MetricUnit.Bytes, amount)
