"""What the walks over bucket and table have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from image_pipeline.current import Current, current
from image_pipeline.identity import image_id
from sweep.pacing import Pacer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor
    from datetime import timedelta

    from sweep.pacing import Time
    from sweep.starting import Starter

# At $0.40 for a million requests, no more than $3.50 a day.
_HEADS_PER_SECOND = 100


@dataclass(frozen=True)
class Walker:
    """Where to walk, and how far.

    Args:
        table_name: of the records.
        bucket: the uploads bucket.
        id_salt: of the image ids.
        grace: how long an event may be on its way.
        starter: starts executions for what differs.
        time: after which no page begins.
        pool: for calls in parallel.
    """

    table_name: str
    bucket: str
    id_salt: bytes
    grace: timedelta
    starter: Starter
    time: Time
    pool: Executor

    def id_of(self, key: str) -> str:
        """Return the id of the image at a key."""
        return image_id(key, self.id_salt)

    def heads(self, keys: Iterable[str]) -> Iterable[Current | None]:
        """Ask S3 what some keys hold, in parallel; answers are in the order of the keys."""
        pacer = Pacer(_HEADS_PER_SECOND, burst=_HEADS_PER_SECOND)

        def head(key: str) -> Current | None:
            pacer.wait()
            return current(self.bucket, key)

        return self.pool.map(head, keys)
