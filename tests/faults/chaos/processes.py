"""The random driver with real processes: functions run at once, and hosts are lost.

Actions, kills and refusals follow the seed; how processes interleave does not.
"""

from __future__ import annotations

import random
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from local.aws import events
from local.aws.moto_patches import replaced
from tests.faults.chaos.baton import Actor
from tests.faults.chaos.plan import plan_for
from tests.faults.chaos.run import Result, drive, forget
from tests.faults.chaos.world import World
from tests.faults.hosts import kill, requests_of_functions, unanswered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.execution_environment import ExecutionEnvironment
    from local.aws.offline import OfflineAws

_PATIENCE = 300.0
_WORKER: Any = ExecutionWorker
_LONGEST_PAUSE = 0.5  # seconds between two actions


class Freely:
    """Everything runs at once; to settle is to wait for the end of all that was started."""

    current = None

    def __init__(self, aws: OfflineAws, choices: random.Random) -> None:
        self._aws, self._choices = aws, choices
        self.executions: list[str] = []
        self._acting = threading.Condition()
        self._actors: set[Actor] = set()

    def enter(self, name: str) -> Actor:
        """Add an actor."""
        actor = Actor(name)
        with self._acting:
            self._actors.add(actor)
        return actor

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[None]:
        """Context manager in which an actor works."""
        try:
            yield
        finally:
            with self._acting:
                self._actors.remove(actor)
                self._acting.notify_all()

    def park(self) -> None:
        """Give the processes some time."""
        time.sleep(self._choices.random() * _LONGEST_PAUSE)

    def settle(self) -> None:
        """Wait until all actors and executions have ended."""
        seen = -1
        while seen != len(self.executions):
            seen = len(self.executions)
            with self._acting:
                assert self._acting.wait_for(lambda: not self._actors, _PATIENCE), self._actors
            for arn in list(self.executions):
                assert self._aws.progress.await_end(arn, _PATIENCE), arn


class Hosts:
    """Sees every request of a function, and kills some functions before or after one."""

    def __init__(self, world: World, faults: random.Random, rate: float) -> None:
        self._world, self._faults, self._rate = world, faults, rate
        self._lock = threading.Lock()

    def pass_on(
        self, environment: ExecutionEnvironment, _environ: Any, start_response: Any, perform: Any
    ) -> Any:
        """Answer a request of a function, unless it is refused or its process killed first."""
        what = self._fault()
        if what:
            self._world.failed(f"{what}: {environment._function.logical_id}")
        if what == "killed before":
            kill(environment)
        if what in {"killed before", "refused"}:
            return unanswered(start_response, "503 Slow Down")
        performed = perform()
        if what == "killed after":
            kill(environment)
        return performed

    def _fault(self) -> str:
        with self._lock:
            if not self._world.faults_are_on or self._faults.random() >= self._rate:
                return ""
            return self._faults.choice(("killed before", "killed after", "refused"))


def run(aws: OfflineAws, seed: int) -> Result:
    """Run a seed with functions in processes, and leave nothing behind."""
    plan = plan_for(seed)
    turns = Freely(aws, random.Random(f"order of {seed}"))
    world = World(aws, plan, turns, f"uploads/processes/{seed}")
    world.seen.executions = turns.executions
    hosts = Hosts(world, random.Random(f"faults of {seed}"), plan.fault_rate)
    start = _WORKER.start

    def noticed(worker: Any) -> None:
        turns.executions.append(worker._evaluation_details.execution_details.arn)
        start(worker)

    def moderated(event: Any, _picture: bytes) -> None:
        upload = event["image"]["upload"]
        world.seen.moderated.add((upload["object"].get("version_id"), upload["size"]))

    with ExitStack() as patches:
        patches.callback(forget, world)
        for owner, name, replacement in (
            (events, "publish", world.keep),
            (ExecutionWorker, "start", noticed),
            (aws, "moderated", moderated),
        ):
            patches.enter_context(replaced(owner, name, replacement))
        patches.enter_context(requests_of_functions(hosts.pass_on))
        return drive(world, turns, plan, ())
