"""The remaining time of an invocation: without enough, a step gives up before it is killed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from image_pipeline.errors import OutOfTime
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

    The time before the first stage is spent on waiting for AWS, all later time on the picture.

    Args:
        milliseconds_left: returns the time until Lambda stops the function.
        milliseconds: the time that was left at the start of the invocation, if there was a wait.
    """

    milliseconds_left: Callable[[], int]
    milliseconds: int = 0
    _left_at_stages: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, context: LambdaContext) -> Budget:
        """Return the budget of an invocation that begins."""
        return cls(context.get_remaining_time_in_millis, context.get_remaining_time_in_millis())

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage, see `observability.stage`, if there is time for it.

        Raises:
            ValidationError: the stages before it have left too little time (`too_slow`).
            OutOfTime: it was waiting for AWS that has left too little time.
        """
        left, needed = self.milliseconds_left(), STEP_MILLISECONDS[name]
        self._left_at_stages.append(left)
        if left < needed:
            waited = max(self.milliseconds - self._left_at_stages[0], 0)
            if left + waited < needed:
                raise too_slow()
            message = f"{name} needs {needed} ms; {left} are left after {waited} of waiting"
            raise OutOfTime(message)
        with stage(name):
            yield
