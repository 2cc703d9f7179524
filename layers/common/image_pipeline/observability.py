"""Logs, metrics and traces of every function, defined once.

Every log line is JSON with the image id, and with the execution as the correlation id. Every metric
is EMF. The template names the service after the stack, so that the dimensions `service` and
`function_name` tell stacks and functions apart. Every stage is an X-Ray subsegment.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from image_pipeline.errors import (
    ImagePipelineError,
    Superseded,
    Throttled,
    Unannounced,
    ValidationError,
)
from image_pipeline.throttling import is_named, is_throttle
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
    """Decorate a handler with logs, metrics and traces; an error is logged once and re-raised."""

    @wraps(handler)
    def invoke(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        metrics.add_dimension("function_name", context.function_name)
        with stage("Handler"):
            try:
                return handler(event, context)
            except ImagePipelineError as error:
                logger.info("refused", extra={"error": type(error).__name__, "why": str(error)})
                if isinstance(error, ValidationError | Superseded | Unannounced | Throttled):
                    _count_expected()
                raise
            except Exception as error:
                if not is_throttle(error):
                    logger.exception("failed")
                    raise
                logger.info("throttled", extra={"why": str(error)})
                _count_expected()
                if is_named(error):
                    raise
                raise Throttled(str(error)) from error

    measured = metrics.log_metrics(invoke, capture_cold_start_metric=True)
    return cast("Handler", logger.inject_lambda_context(measured, clear_state=True))


def _count_expected() -> None:
    """Count an error that no alarm is for: a refusal, stale work, or a throttle."""
    # Without the function: an alarm may add up ten metrics at most, and so needs the total.
    with single_metric("ExpectedErrors", MetricUnit.Count, 1):
        pass


def identify(claim: Claim) -> None:
    """Add the image and the execution to every log line and trace that follows."""
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
    """Count a finished image by its status and its reason."""
    # In a document of its own: the dimension would split all other metrics by reason, too.
    with single_metric(f"Images{status.capitalize()}", MetricUnit.Count, 1) as outcome:
        outcome.add_dimension("reason", reason or "none")


def count_upload(seconds: float, *, is_late: bool) -> None:
    """Measure the time from an upload to its outcome, and count whether that is late.

    `OutcomesLate` is 1 or 0 for each outcome: its sum counts the late ones, its samples all.
    """
    # Without the function, like `ExpectedErrors`: percentiles of several functions do not add up.
    with single_metric("UploadToOutcomeMilliseconds", MetricUnit.Milliseconds, seconds * 1000):
        pass
    with single_metric("OutcomesLate", MetricUnit.Count, int(is_late)):
        pass


def count(name: str, amount: int) -> None:
    """Add to a metric."""
    metrics.add_metric(name, MetricUnit.Count, amount)


def count_bytes(direction: str, amount: int) -> None:
    """Count the bytes read (`In`) or written (`Out`)."""
    metrics.add_metric(f"Bytes{direction}", MetricUnit.Bytes, amount)
