"""The random driver: a slice of its seeds, and that it would notice what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults.chaos import oracle
    from tests.faults.chaos.interleaving import import_functions
    from tests.faults.chaos.plan import ACTIONS, plan_for
    from tests.faults.chaos.run import run
    from tests.faults.chaos.scenario import scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True, scope="module")
def _imported(aws: OfflineAws) -> None:
    import_functions(aws)


@pytest.mark.parametrize("seed", range(1, 3))
def test_a_seed_breaks_no_invariant(aws: OfflineAws, seed: int) -> None:
    result = run(aws, seed)
    assert result.violations == (), "\n".join(result.log)


def test_a_seed_always_does_the_same(aws: OfflineAws) -> None:
    once, again = run(aws, 9), run(aws, 9)
    assert once == again
    assert once.faults


def test_the_plans_of_some_seeds_have_every_action() -> None:
    plans = [plan_for(seed) for seed in range(1, 61)]
    assert {action.kind for plan in plans for action in plan.actions} == set(ACTIONS)
    assert {plan.fault_rate > 0 for plan in plans} == {True, False}
    assert plan_for(7) == plan_for(7) != plan_for(8)


def with_record(**facts: Any) -> Callable[[oracle.End], oracle.End]:
    return lambda end: replace(end, record={**(end.record or {}), **facts})


BROKEN: dict[str, Callable[[oracle.End], oracle.End]] = {
    "the record is of version": with_record(source={"version_id": "older", "bytes": 1}),
    "the record is still in processing": with_record(status="processing"),
    "but the record says deleted": with_record(status="deleted"),
    "a good upload became rejected corrupt": with_record(status="rejected", reason="corrupt"),
    "review was never announced": with_record(status="review", reason="moderation_unavailable"),
    "approved without renditions": with_record(renditions=[]),
    "orphans": lambda end: replace(end, renditions=[*end.renditions, "orphan"]),
    "noncurrent orphans": lambda end: replace(end, renditions=end.renditions * 2),
    "missing renditions": lambda end: replace(end, renditions=end.renditions[1:]),
    "no record": lambda end: replace(end, record=None),
    "the object is gone": lambda end: replace(end, head=None),
    "several outcomes": lambda end: replace(
        end, messages=[*end.messages, {**end.messages[0], "status": "review"}]
    ),
    "last_approved names": with_record(last_approved={"version_id": "other", "renditions": []}),
    "the API shows": with_record(status="failed"),
}


def test_the_driver_notices_what_is_wrong(aws: OfflineAws) -> None:
    with scenario(aws, "noticed") as world:
        world.put("good")
        world.deliver_all()
        end = oracle.look(world)
        assert oracle.violations(world, end) == []
        for expected, broken in BROKEN.items():
            found = oracle.violations(world, broken(end))
            assert any(expected in each for each in found), (expected, found)
        world.seen.moderated.clear()
        assert oracle.violations(world, end) == ["approved without an answer of Rekognition"]
        world.client("s3").put_object_tagging(
            Bucket=world.bucket,
            Key=world.key,
            Tagging={"TagSet": [{"Key": "image-pipeline-status", "Value": "rejected"}]},
        )
        found = oracle.violations(world, end)
        assert [each.split(" are ")[0] for each in found[1:]] == [
            "the owner's tags of a good upload",
            "a good upload was tagged for expiry",
        ]
