"""One sweep: open records first, then the bucket, then the table."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import MetricUnit

from image_pipeline import objective
from image_pipeline.observability import count, logger, metrics
from image_pipeline.renditions_bucket import RenditionsBucket
from image_pipeline.settling import Settling
from image_pipeline.workflow import Workflow
from sweep.bucket_walk import walk_over_bucket
from sweep.decisions import GIVING_UP
from sweep.endings import Endings
from sweep.executions import ListedExecutions, Running
from sweep.open_records import open_records
from sweep.pacing import Time
from sweep.queued import QueuedExecutions
from sweep.review_backlog import images_in_review
from sweep.starting import Starter
from sweep.table_walk import walk_over_table
from sweep.tending import Tending
from sweep.waiting import Waiting, waiting
from sweep.walker import Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from image_pipeline.records import Records
    from sweep.executions import Executions
    from sweep.handler import Settings
    from sweep.open_records import OpenRecord
    from sweep.rounds import Round
    from sweep.state import State

RESERVE_MILLISECONDS = 30_000
"""Enough to compare a page of a thousand keys and to start an execution for each."""


@dataclass
class Sweep:
    """What one sweep needs; `errors` collects those of single uploads and of whole parts.

    `is_scheduled` is false if somebody has invoked the function.
    """

    settings: Settings
    records: Records
    is_scheduled: bool
    milliseconds_left: Callable[[], int]
    pool: Executor
    errors: list[Exception] = field(default_factory=list)

    def run(self, state: State) -> dict[str, int]:
        """Run all parts and return how many uploads were restarted and given up."""
        entries: list[OpenRecord] = []
        running, ahead = Running(), Waiting()
        # Half of the time, so that the walks get on.
        half = self._until(self.milliseconds_left() // 2)
        executions = self._executions(half)
        with self._part():
            # Records first: the execution that holds one has started before.
            entries = open_records(self.settings.table_name, self.pool, half)
            running = executions.running()
            ahead = waiting(
                running, entries, self._grace, executions, self.pool, self.settings.id_salt
            )
            _measure(entries, ahead)
        with self._part():
            backlog = images_in_review(self.settings.table_name, self.pool, half)
            if backlog is not None:
                count("ImagesInReview", backlog)
        starter = self._starter(running, ahead)
        taken = Tending(
            executions, running, self._endings(), starter, half, self.pool, self.errors
        ).tend(entries)
        if ahead.is_backlog:
            logger.info("executions wait for capacity; bucket and table are left for later")
        else:
            self._walk(starter, state)
        given_up = sum(taken[action] for action in GIVING_UP)
        count("UploadsRestarted", starter.started)
        count("UploadsGivenUp", given_up)
        self.errors += starter.errors
        actions = {str(action): number for action, number in taken.items()}
        logger.info("swept", extra={"restarted": starter.started, "actions": actions})
        if self.errors:
            raise ExceptionGroup("uploads that could not be looked after", self.errors)
        return {"restarted": starter.started, "given_up": given_up}

    def _walk(self, starter: Starter, state: State) -> None:
        walker = Walker(
            self.settings.table_name,
            self.settings.uploads_bucket,
            self.settings.id_salt,
            self._grace,
            starter,
            self._until(RESERVE_MILLISECONDS),
            self.pool,
        )
        # Together, because without the keys of the bucket S3 is asked for each record's object.
        table_goes_on = self._goes_on(state.table)
        seen: frozenset[str] | None = None
        with self._part():
            if self._goes_on(state.bucket) or (table_goes_on and not state.table.is_under_way):
                seen = walk_over_bucket(walker, state)
        with self._part():
            if table_goes_on or seen is not None:
                walk_over_table(walker, state, seen)

    def _goes_on(self, progress: Round) -> bool:
        """Whether to walk: a sweep that somebody invokes does not wait until it is time."""
        return not self.is_scheduled or progress.goes_on(time.time())

    @contextmanager
    def _part(self) -> Iterator[None]:
        """Context manager that keeps an error, so that it does not hold up the other parts."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised at the end
            self.errors.append(error)

    def _until(self, reserve: int) -> Time:
        return Time(self.milliseconds_left, reserve)

    @property
    def _grace(self) -> timedelta:
        return timedelta(seconds=self.settings.overdue_seconds)

    def _endings(self) -> Endings:
        return Endings(
            Settling(
                self.records,
                self.settings.uploads_bucket,
                RenditionsBucket(self.settings.renditions_bucket, self.settings.distribution_id),
                self.settings.outcomes_topic_arn,
                self._workflow,
            )
        )

    @property
    def _workflow(self) -> Workflow:
        return Workflow(self.settings.state_machine_arn, self.settings.uploads_queue_url)

    def _executions(self, time: Time) -> Executions:
        if self.settings.uploads_queue_url is not None:
            return QueuedExecutions(self.settings.uploads_queue_url)
        return ListedExecutions(self.settings.state_machine_arn, time)

    def _starter(self, running: Running, ahead: Waiting) -> Starter:
        return Starter(
            self.settings.uploads_bucket,
            self._workflow,
            left_out=running.images | ahead.images,
            # No more than this are in work at once: beyond it they only wait.
            room=self.settings.restarts_per_sweep - running.number,
        )


def _measure(entries: list[OpenRecord], ahead: Waiting) -> None:
    """Count what is in work, and tell the age of the oldest."""
    now = datetime.now(UTC)
    since = [datetime.fromisoformat(each.claimed_at) for each in entries if each.is_in_work]
    since += ahead.started
    oldest = max(0.0, (now - min(since)).total_seconds()) if since else 0.0
    late = now - timedelta(seconds=objective.SECONDS)
    count("ImagesInWork", len(since) + ahead.queued)
    count("UploadsOverdue", sum(each < late for each in since))
    metrics.add_metric("OldestInWorkSeconds", MetricUnit.Seconds, oldest)
