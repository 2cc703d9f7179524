"""One order of events and actions, chosen by hand, in the world of the random driver."""

from __future__ import annotations

import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from local.aws import events
from local.aws.moto_patches import replaced
from tests.faults.chaos import oracle
from tests.faults.chaos.baton import Baton
from tests.faults.chaos.interleaving import interleaved
from tests.faults.chaos.plan import Plan
from tests.faults.chaos.run import forget, sweep_until_nothing_changes
from tests.faults.chaos.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws


class Scenario(World):
    """A world without random faults, in which something can happen at a call."""

    def __init__(self, aws: OfflineAws, name: str) -> None:
        self.baton = Baton(random.Random(name), steadiness=1.0)
        super().__init__(aws, Plan(0, (), 0.0, 1.0, 0.0), self.baton, f"uploads/orders/{name}")
        self._moments: list[tuple[str, str, Callable[[], Any]]] = []
        self.failing: Callable[[Call], str] = lambda _call: ""

    def at(self, caller: str, operation: str, happen: Callable[[], Any]) -> None:
        """Let something happen just before the next call of this kind."""
        self._moments.append((caller, operation, happen))

    def around(self, call: Call, perform: Callable[[], Any]) -> Any:
        """Let happen what is due, then make the call."""
        for moment in list(self._moments):
            caller, operation, happen = moment
            if (call.caller, call.operation) == (caller, operation):
                self._moments.remove(moment)
                happen()
        return super().around(call, perform)

    def _fault(self, call: Call) -> str:
        return self.failing(call)

    def deliver_all(self) -> None:
        """Deliver every event in the order in which S3 sent them, and let everything end."""
        while self._undelivered:
            self._deliver(0.0)
            self.baton.settle()

    def hold(self) -> list[dict[str, Any]]:
        """Take the events that have not been delivered."""
        held, self._undelivered = self._undelivered, []
        return held

    def deliver(self, held: list[dict[str, Any]]) -> None:
        """Deliver events that were held, and let everything end."""
        for event in held:
            self._send(event)
            self.baton.settle()

    @property
    def record(self) -> dict[str, Any]:
        """The record as it is now."""
        return oracle.record(self) or {}

    @property
    def said(self) -> list[str]:
        """The statuses that were announced, in order."""
        return [message["status"] for message in oracle.look(self).messages]

    def check(self) -> dict[str, Any]:
        """Come to a quiet end, check the invariants, and return the record."""
        self.end()
        found = sweep_until_nothing_changes(self, self.baton)
        found += oracle.violations(self, oracle.look(self))
        assert found == [], "\n".join([*found, *self.seen.log])
        assert not self._moments
        return self.record


@contextmanager
def scenario(aws: OfflineAws, name: str) -> Iterator[Scenario]:
    """Context manager with the world of one key, which leaves nothing behind."""
    world = Scenario(aws, name)
    try:
        with ExitStack() as patches:
            patches.enter_context(replaced(events, "publish", world.keep))
            patches.enter_context(
                interleaved(aws, world.baton, world.around, world.seen.executions.append)
            )
            yield world
    finally:
        world.put_versioning("Enabled")
        forget(world)
