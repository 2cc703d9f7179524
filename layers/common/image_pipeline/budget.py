"""The time that an invocation has left: whoever cannot finish says so instead of being killed."""

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
"""Time that has to be left for a step to begin: what it takes at the limits on pictures, with the
processor share that the function's memory buys (docs/limits.md)."""


@dataclass(frozen=True)
class Budget:
    """Asks before each expensive step whether there is time for it.

    `milliseconds_left` tells how long until Lambda stops the function.
    """

    milliseconds_left: Callable[[], int]

    @classmethod
    def of(cls, context: LambdaContext) -> Budget:
        """The budget of an invocation."""
        return cls(context.get_remaining_time_in_millis)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage, see `observability.stage`, if there is time for it.

        Raises:
            ValidationError: there is not (`too_slow`).
        """
        if self.milliseconds_left() < STEP_MILLISECONDS[name]:
            raise too_slow()
        with stage(name):
            yield
