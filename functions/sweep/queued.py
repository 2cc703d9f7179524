"""What the queue of uploads says about executions of the type Express, which cannot be listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from image_pipeline import aws, tries
from sweep.executions import Running, State
from sweep.pacing import patiently

_SECONDS_TO_ANSWER = 60
"""For the function that waits for an execution, on top of the execution's own time."""

_SECONDS_HIDDEN = 1980 + _SECONDS_TO_ANSWER
"""How long a message is hidden if that function was ended, the `VisibilityTimeout` of the queue."""

_SECONDS_IN_A_BACKLOG = 24 * 3600
"""How long a message that has been tried waits for its turn, which is long after every other."""


class Depth(NamedTuple):
    """The messages of a queue, approximately.

    Args:
        visible: that nobody has received.
        hidden: that are being processed, or wait for their next try.
    """

    visible: int
    hidden: int

    def state(self, seconds: float) -> State:
        """Tell how the execution is doing that has claimed a record some seconds ago; pure.

        After a try that failed, the message is in the queue, and its next try takes the record
        over. What is wrongly taken to have ended is only processed once more.
        """
        if self.visible:
            patience = _SECONDS_IN_A_BACKLOG
        elif self.hidden:
            patience = tries.SECONDS + _SECONDS_HIDDEN
        else:
            patience = tries.SECONDS + _SECONDS_TO_ANSWER
        return State.RUNNING if seconds < patience else State.ENDED


class QueuedExecutions:
    """The executions for the messages of a queue.

    Args:
        queue_url: of the queue of uploads.
    """

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url
        self._depth: Depth | None = None

    def running(self) -> Running:
        """Ask how many messages wait; which executions run is not known."""
        answer = patiently(
            lambda: aws.sqs().get_queue_attributes(
                QueueUrl=self._queue_url,
                AttributeNames=[
                    "ApproximateNumberOfMessages",
                    "ApproximateNumberOfMessagesNotVisible",
                ],
            )
        )
        found = answer["Attributes"]
        self._depth = Depth(
            int(found["ApproximateNumberOfMessages"]),
            int(found["ApproximateNumberOfMessagesNotVisible"]),
        )
        return Running(queued=self._depth.visible)

    def state(self, holder: str, claimed_at: str) -> State:  # noqa: ARG002 - nobody can be asked
        """Tell how the execution is doing that holds a record, by the age of its claim."""
        if self._depth is None:
            return State.RUNNING  # the queue has not answered
        age = datetime.now(UTC) - datetime.fromisoformat(claimed_at)
        return self._depth.state(age.total_seconds())

    def input_of(self, name: str) -> str:  # noqa: ARG002 - nobody can be asked
        """Return that the input is not known."""
        return "{}"
