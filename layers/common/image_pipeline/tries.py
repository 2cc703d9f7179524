"""Tries: the Express executions that a queue makes for one message, one after the other; pure.

An execution of Standard is the only one for its event. In Express, the execution is named after its
message and the number of the try, so that everybody who knows an execution knows which one it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

TRIES = 5
"""Tries of a message before it is a dead letter, which is the `maxReceiveCount` of the queue."""

SECONDS = 300
"""The longest that an Express execution runs.

docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

_MESSAGE = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(rf"(?P<message>{_MESSAGE})_(?P<number>[1-9][0-9]*)_(?P<most>[1-9][0-9]*)")


class Try(NamedTuple):
    """One try of a message: its number, from 1, and the number of the last one."""

    message: str
    number: int
    most: int = TRIES

    @property
    def name(self) -> str:
        """The name of its execution; with other characters than these it would not be logged."""
        return f"{self.message}_{self.number}_{self.most}"

    @property
    def is_last(self) -> bool:
        """Whether the queue gives the message up if this try fails."""
        return self.number >= self.most

    def follows(self, other: Try | None) -> bool:
        """Return whether this is a later try of the same message."""
        return other is not None and self.message == other.message and self.number > other.number


def try_of(execution: str) -> Try | None:
    """Return which try an execution is; None for one of Standard.

    Args:
        execution: its ARN, or the name under which it holds a record.
    """
    for part in execution.partition("/")[0].split(":"):
        if found := _NAME.fullmatch(part):
            return Try(found["message"], int(found["number"]), int(found["most"]))
    return None


def is_repeated(execution: str) -> bool:
    """Return whether another try follows if an execution fails."""
    found = try_of(execution)
    return found is not None and not found.is_last
