"""The time that an answer takes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from image_pipeline.observability import metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.waiting import Clock


@contextmanager
def answering(clock: Clock | None = None) -> Iterator[None]:
    """Measure the metric `AnswerMilliseconds`: how long a caller waits, except by request.

    Args:
        clock: by which answers are held.
    """
    start, slept = time.perf_counter(), clock.slept if clock else 0.0
    try:
        yield
    finally:
        held = clock.slept - slept if clock else 0.0
        elapsed = time.perf_counter() - start - held
        metrics.add_metric("AnswerMilliseconds", MetricUnit.Milliseconds, elapsed * 1000)
