"""Runs seeds of the random driver in this process, one after the other."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.sqs.models import sqs_backends

from local.aws import events
from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced
from local.aws.versions import forget_versions
from tests.faults.chaos import oracle
from tests.faults.chaos.baton import Baton
from tests.faults.chaos.interleaving import interleaved
from tests.faults.chaos.plan import plan_for
from tests.faults.chaos.world import World

if TYPE_CHECKING:
    from collections.abc import Collection

    from local.aws.offline import OfflineAws
    from tests.faults.chaos.baton import Turns
    from tests.faults.chaos.plan import Plan

_MOST_SWEEPS = 8


@dataclass(frozen=True)
class Result:
    """What a seed showed: violations, a log for people, and how much happened."""

    seed: int
    violations: tuple[str, ...]
    log: tuple[str, ...]
    outcome: str
    executions: int = 0
    actions: int = 0
    faults: int = 0


def run(aws: OfflineAws, seed: int, without: Collection[int] = ()) -> Result:
    """Run a seed, perhaps without some of its actions, and leave nothing behind."""
    plan = plan_for(seed)
    baton = Baton(random.Random(f"order of {seed}"), plan.steadiness)
    world = World(aws, plan, baton, f"uploads/chaos/{seed}")
    with ExitStack() as patches:
        patches.callback(forget, world)
        patches.enter_context(replaced(events, "publish", world.keep))
        patches.enter_context(interleaved(aws, baton, world.around, world.seen.executions.append))
        return drive(world, baton, plan, without)


def drive(world: World, baton: Turns, plan: Plan, without: Collection[int]) -> Result:
    """Perform the actions of a plan, come to a quiet end, and judge it."""
    patience = random.Random(f"patience of {plan.seed}")
    world.put_versioning("Enabled")
    world.forget_sweeps()
    for action in plan.actions:
        waits = patience.random() < plan.patience
        if action.number not in without:
            world.perform(action)
            if waits:
                baton.settle()
        baton.park()
    world.end()
    settled = sweep_until_nothing_changes(world, baton)
    end = oracle.look(world)
    found = oracle.violations(world, end) + settled
    record = end.record or {}
    outcome = " ".join(filter(None, (record.get("status", "none"), record.get("reason"))))
    seen = world.seen
    return Result(
        plan.seed,
        tuple(found),
        tuple(seen.log),
        outcome,
        end.executions,
        seen.actions,
        seen.faults,
    )


def sweep_until_nothing_changes(world: World, baton: Turns) -> list[str]:
    """Run the sweep until it changes nothing more; return what is wrong with it."""
    function = world.aws.deployment.functions["SweepFunction"].name
    before, unchanged = oracle.look(world), 0
    for _ in range(_MOST_SWEEPS):
        world.outlast_sweeps()
        answers: list[Any] = []

        def sweep(answers: list[Any] = answers) -> None:
            client = world.client("lambda")
            answers.append(client.invoke(FunctionName=function, Payload=b"{}"))

        world.spawn("sweep", sweep)
        baton.settle()
        body = answers[0]["Payload"].read().decode()
        world.say(f"swept: {body[:200]}")
        if "FunctionError" in answers[0]:
            return [f"the sweep failed: {json.loads(body).get('errorMessage')}"]
        after = oracle.look(world)
        # A sweep may go on where another one was killed, and not see everything.
        unchanged = unchanged + 1 if after == before else 0
        if unchanged == 2:
            return []
        before = after
    return [f"{_MOST_SWEEPS} sweeps do not come to an end"]


def forget(world: World) -> None:
    """Remove what a world leaves."""
    deployment = world.aws.deployment
    for arn in world.seen.executions:
        world.aws.forget(
            arn, {"UploadsBucket": world.key, "RenditionsBucket": f"{world.image_id}/"}
        )
    # Without its record, nothing remembers the versions: the next run of a seed names them alike.
    forget_versions(deployment.ref("UploadsBucket"), world.key)
    forget_versions(deployment.ref("RenditionsBucket"), f"{world.image_id}/")
    world.client("dynamodb").delete_item(
        TableName=deployment.ref("ImagesTable"), Key={"image_id": {"S": world.image_id}}
    )
    for queue in sqs_backends[ACCOUNT][REGION].queues.values():
        queue._messages.clear()  # a queue can be purged only once a minute
