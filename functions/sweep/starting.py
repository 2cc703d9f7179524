"""Starts executions that look at a key, at a rate that leaves some for new uploads."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from image_pipeline.events import SWEEP, look_at
from sweep.executions import NAME_PREFIX
from sweep.pacing import Pacer

if TYPE_CHECKING:
    from datetime import datetime

    from image_pipeline.workflow import Workflow

# Small regions allow 150 a second (StartExecution), which uploads share.
PER_SECOND = 100
# From this many errors on, the cause is not a single key: the sweep stops starting.
_ERRORS_UNTIL_FULL = 100


class Starter:
    """Starts at most one execution for an image.

    Args:
        bucket: the uploads bucket.
        workflow: what processes uploads.
        left_out: ids of the images that need no start, because one is under way.
        room: the most executions to start.
    """

    def __init__(
        self, bucket: str, workflow: Workflow, left_out: frozenset[str], room: int
    ) -> None:
        self._bucket = bucket
        self._workflow = workflow
        self._seen = set(left_out)
        self._room = room
        self._lock = threading.Lock()
        self._pacer = Pacer(PER_SECOND, burst=PER_SECOND)
        self.started = 0
        self.errors: list[Exception] = []

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be started."""
        return self._room <= 0 or len(self.errors) >= _ERRORS_UNTIL_FULL

    def start(self, image_id: str, key: str, at: datetime, source: str = SWEEP) -> None:
        """Start an execution for a key; an error is kept, and counts as a start.

        Args:
            image_id: of the image.
            key: of the object.
            at: the time of the event.
            source: `SWEEP` or `RERUN`; a rerun judges a finished version again.
        """
        with self._lock:
            if image_id in self._seen or self.is_full:
                return
            self._seen.add(image_id)
            self._room -= 1
        self._pacer.wait()
        try:
            self._workflow.start(
                # The image, so that the next sweep can tell that it has been started.
                f"{NAME_PREFIX}{image_id}-{uuid.uuid4().hex}",
                look_at(self._bucket, key, source, at.strftime(_TIME)),
            )
        except Exception as error:  # noqa: BLE001 - one key must not hold up the others
            with self._lock:
                self.errors.append(error)
            return
        with self._lock:
            self.started += 1


_TIME = "%Y-%m-%dT%H:%M:%SZ"
