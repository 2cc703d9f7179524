"""Executions that run without holding a record: most of them wait for capacity to claim one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline.identity import image_id
from sweep.executions import NAME_PREFIX, name_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Executor
    from datetime import datetime, timedelta

    from sweep.executions import Executions, Running
    from sweep.open_records import OpenRecord

# Their inputs are read one by one, at the rate of DescribeExecution.
_FEW = 50


@dataclass(frozen=True)
class Waiting:
    """Executions without a record.

    Args:
        started: the times of their start.
        images: ids of the images that those started long ago are for.
        is_backlog: there are too many of them to ask each which image it is for.
        queued: how many are not started yet.
    """

    started: tuple[datetime, ...] = ()
    images: frozenset[str] = frozenset()
    is_backlog: bool = False
    queued: int = 0


def waiting(
    running: Running,
    entries: Collection[OpenRecord],
    grace: timedelta,
    executions: Executions,
    pool: Executor,
    id_salt: bytes,
) -> Waiting:
    """Find the executions that hold no record, and the images of those older than the grace."""
    holders = {
        name_of(holder) for entry in entries for holder in (entry.execution, *entry.displaced)
    }
    without = {name: start for name, start in running.started.items() if name not in holders}
    late = [
        name
        for name, start in without.items()
        # The name of the others says which image they are for.
        if not name.startswith(NAME_PREFIX) and running.is_older(start, grace)
    ]
    started = tuple(without.values())
    if len(late) + running.queued > _FEW:
        return Waiting(started, is_backlog=True, queued=running.queued)
    keys = [_key(each) for each in pool.map(executions.input_of, late)]
    images = frozenset(image_id(key, id_salt) for key in keys if key)
    return Waiting(started, images, queued=running.queued)


def _key(text: str) -> str:
    event: Any = json.loads(text)
    try:
        return str(event["detail"]["object"]["key"])
    except (KeyError, TypeError):
        return ""  # somebody has started it with another input
