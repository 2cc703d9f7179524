"""The remaining time of an invocation: without enough, a step refuses before it is killed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline.observability import stage
from image_pipeline.refusals import too_slow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext

STEP_MILLISECONDS = {"Decode": 25_000, "Resize": 5_000, "Encode": 10_000, "Sample": 25_000}
"""Time that has to be left for a stage to begin: its duration at the limits on pictures, with the
CPU share of the function's memory (docs/limits.md)."""


@dataclass(frozen=True)
class Budget:
    """Checks before each expensive stage whether there is time for it.

    `milliseconds_left` returns the time until Lambda stops the function.
    """

    milliseconds_left: Callable[[], int]

    @classmethod
    def of(cls, context: LambdaContext) -> Budget:
        """Return the budget of an invocation."""
        return cls(context.get_remaining_time_in_millis)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage, see `observability.stage`, if there is time for it.

        Raises:
            ValidationError: there is not enough time (`too_slow`).
        """
        if self.milliseconds_left() < STEP_MILLISECONDS[name]:
            raise too_slow()
        with stage(name):
            yield
