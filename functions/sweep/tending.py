"""Part one of a sweep: the records that are open."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from image_pipeline.errors import Reason
from image_pipeline.events import RERUN
from image_pipeline.status import Status
from sweep.decisions import Action, action_for, spared_in_an_outage
from sweep.executions import State, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Executor

    from sweep.endings import Endings
    from sweep.executions import Executions, Running
    from sweep.open_records import OpenRecord
    from sweep.pacing import Time
    from sweep.starting import Starter

T = TypeVar("T")


@dataclass
class Tending:
    """Looks after open records; errors of single ones are kept in `errors`."""

    executions: Executions
    running: Running
    endings: Endings
    starter: Starter
    time: Time
    pool: Executor
    errors: list[Exception]

    def tend(self, entries: list[OpenRecord]) -> Counter[Action]:
        """Do what each record needs; return how often each action was taken."""
        actions = dict(
            self._each(
                entries,
                lambda entry: self._decide(
                    entry, is_restarting=self.running.may_be_for(entry.image_id)
                ),
            )
        )
        spared = spared_in_an_outage(actions)
        done = self._each(spared, lambda entry: self._do(entry, spared[entry]))
        return Counter(spared[entry] for entry, is_done in done if is_done)

    def _each(
        self, entries: Iterable[OpenRecord], work: Callable[[OpenRecord], T]
    ) -> Iterator[tuple[OpenRecord, T]]:
        """Work on entries in parallel; those whose work raises an error are left out."""
        futures = [(entry, self.pool.submit(work, entry)) for entry in entries]
        for entry, future in futures:
            try:
                yield entry, future.result()
            except Exception as error:  # noqa: BLE001 - one record must not hold up the others
                self.errors.append(error)

    def _decide(self, entry: OpenRecord, *, is_restarting: bool) -> Action:
        if self.time.is_up:
            return Action.LEAVE
        is_claimed = entry.status == Status.PROCESSING
        state = self._state(entry.execution, entry) if is_claimed else State.ENDED
        action = action_for(entry, state, is_restarting=is_restarting)
        if action is Action.CLEAN_UP and any(
            self._state(each, entry) is State.RUNNING for each in entry.displaced
        ):
            return Action.LEAVE
        return action

    def _state(self, holder: str, entry: OpenRecord) -> State:
        """Tell how an execution is doing that holds a record, or has lost it by its claim."""
        if name_of(holder) in self.running.started:
            return State.RUNNING
        return self.executions.state(holder, entry.claimed_at)

    def _do(self, entry: OpenRecord, action: Action) -> bool:
        match action:
            case Action.LEAVE:
                return False
            case Action.RESTART:
                return self._restart(entry)
            case Action.GIVE_UP_STUCK | Action.GIVE_UP_TIMED_OUT:
                # What is there instead has not failed.
                if self.endings.is_replaced(entry):
                    self._restart(entry)
                    return False
                return self.endings.give_up(entry, Reason(action))
            case Action.RERUN:
                return self._rerun(entry)
            case Action.ANNOUNCE | Action.SETTLE:
                return self.endings.settle(entry)
            case Action.CLEAN_UP:
                return self.endings.clean_up(entry)

    def _restart(self, entry: OpenRecord) -> bool:
        if entry.status == Status.PROCESSING and not self.endings.abandon(entry):
            return False
        self.starter.start(entry.image_id, entry.key, datetime.now(UTC))
        return True

    def _rerun(self, entry: OpenRecord) -> bool:
        """Start the execution that a caller of the API was promised."""
        is_left = self.endings.is_left(entry)
        if is_left:
            self.starter.start(entry.image_id, entry.key, datetime.now(UTC), RERUN)
        return is_left
