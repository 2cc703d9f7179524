"""Each MemorySize is the one that benchmarks.memory_size recommends."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from benchmarks.memory_demand import Demand, recommended
from benchmarks.mixes import (
    ALLOWANCE,
    GOALS,
    Goals,
    Mix,
    affordable,
    cheapest,
    chosen,
    fitting,
    mixed,
    mixes,
    settings_for,
    shortest,
)
from benchmarks.waits import ELSEWHERE, waiting
from benchmarks.way import (
    ASSUMED,
    DISPATCH,
    RECORD,
    Assumptions,
    choices,
    recorded,
    states_along,
    way,
    with_sizes,
)
from local.manifest import state_machine
from ops.cost.prices import price
from tests.template.documents import FUNCTIONS, properties

SMALL = Demand(0.01, 0.5, 60, 0, 0, 0.06)


@cache
def picked() -> dict[str, int]:
    return chosen(recorded())


def deployed(kind: str = "ordinary", assumed: Assumptions = ASSUMED) -> Mix:
    sizes = {name: properties(name)["MemorySize"] for name in (DISPATCH, *way(kind).functions)}
    return mixed(kind, recorded(), sizes, assumed)


def ordinary() -> list[Mix]:
    """The combinations of settings for the way of an ordinary picture that are worth a look."""
    return mixes("ordinary", recorded(), settings_for("ordinary", recorded()))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_template_uses_the_recommended_memory(function: str) -> None:
    assert properties(function)["MemorySize"] == picked()[function]


def test_the_record_names_the_recommended_memory() -> None:
    rows = json.loads(RECORD.read_text(encoding="utf-8"))
    assert {name: row["recommended_mb"] for name, row in rows.items()} == picked()


def test_the_record_has_the_waits_of_the_recorded_calls() -> None:
    for name, demand in recorded().items():
        assert waiting(name) in (pytest.approx(demand.waiting), ELSEWHERE)


@pytest.mark.parametrize("workflow", ["standard", "express"])
def test_a_picture_has_its_outcome_in_time(workflow: str) -> None:
    taken = getattr(deployed(), workflow)
    assert taken.warm <= 1.5
    assert taken.first <= 4


def test_no_combination_is_cheaper_and_shorter_than_all_choices() -> None:
    along, demands = way("ordinary"), recorded()
    few = {name: fitting(name, demands[name])[:3] for name in along.functions}
    found = choices(along, demands, few)
    combinations = [dict(zip(few, sizes, strict=True)) for sizes in product(*few.values())]
    assert [each.sizes for each in found if each.sizes not in combinations] == []
    for sizes in combinations:
        one = with_sizes(along, demands, sizes)
        assert any(
            each.dollars <= one.dollars * (1 + 1e-9)
            and each.warm <= one.warm * (1 + 1e-9)
            and each.first <= one.first * (1 + 1e-9)
            for each in found
        )


def test_the_deployed_settings_cost_no_more_than_is_allowed_in_either_workflow() -> None:
    for taken, least in zip(deployed(), cheapest(ordinary()), strict=True):
        assert least <= taken.dollars <= least + ALLOWANCE


def test_no_affordable_setting_is_shorter_than_the_deployed_ones() -> None:
    now, goals = deployed(), GOALS["ordinary"]
    within = affordable(ordinary())
    if all(map(goals.are_met, now)):
        within = [each for each in within if all(map(goals.are_met, each))]
    shorter = [each for each in within if each.standard.length < now.standard.length]
    assert shorter == []
    as_short = [each for each in within if each.standard.length == now.standard.length]
    assert min(each.express.length for each in as_short) == now.express.length


def test_settings_that_meet_the_goals_come_before_shorter_ones() -> None:
    found = ordinary()
    without = shortest(found)
    # A larger dispatch function shortens the cold start, and the other functions save its price.
    goals = Goals(without.express.warm + 0.1, without.express.first - 0.1)
    best = shortest(found, goals=goals)
    assert all(map(goals.are_met, best))
    assert best.standard.length > without.standard.length
    assert best in affordable(found)
    # Where no affordable setting meets them, they change nothing.
    assert shortest(found, goals=Goals(0.1, 0.1)) == without


def test_a_larger_allowance_makes_no_way_longer() -> None:
    found = ordinary()
    best = [shortest(found, allowance) for allowance in (0.0001, 0.001, 0.003, 0.01, 0.1)]
    lengths = [each.standard.length for each in best]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 2 * lengths[-1]
    assert best[-1].express.length == min(each.express.length for each in found)


def test_the_dispatch_function_is_paid_while_the_execution_runs() -> None:
    taken, demand = deployed(), recorded()[DISPATCH]
    size = taken.sizes[DISPATCH]
    seconds = taken.standard.warm - ASSUMED.delivery + demand.seconds(size)
    paid = taken.express.dollars - taken.standard.dollars
    assert paid == pytest.approx(1000 * seconds * size / 1024 * price("lambda_arm64").usd)
    # A slower execution costs more of it, a slower queue does not.
    slow = deployed(assumed=Assumptions(rekognition=ASSUMED.rekognition + 1))
    more = slow.express.dollars - slow.standard.dollars
    assert more == pytest.approx(paid * (seconds + 1) / seconds, rel=0.05)
    queued = deployed(assumed=Assumptions(queue=1)).express
    assert queued.dollars == taken.express.dollars
    assert queued.warm == pytest.approx(taken.express.warm + 1 - ASSUMED.queue)


def test_the_longest_branch_decides_the_parallel_stage() -> None:
    slow = Assumptions(rekognition=5)
    assert deployed(assumed=slow).standard.warm > 5
    # Metadata is shorter than the other branches, so its CPU does not matter.
    demands = recorded()
    along, sizes = way("ordinary"), picked()
    busier = demands | {"MetadataFunction": replace(demands["MetadataFunction"], cpu=0.05)}
    assert with_sizes(along, busier, sizes).warm == with_sizes(along, demands, sizes).warm


def test_a_cold_way_is_longer_by_a_start_for_each_stage() -> None:
    slower, now = deployed(assumed=Assumptions(environment=1.2)), deployed()
    stages = len(way("ordinary").stages)
    assert slower.standard.first - now.standard.first == pytest.approx(stages)
    assert slower.express.first - now.express.first == pytest.approx(stages + 1)
    assert [each.warm for each in slower] == [each.warm for each in now]


def test_each_way_ends_with_the_notification() -> None:
    ordinary = states_along("ordinary")
    assert ordinary[0] == state_machine()["StartAt"]
    assert ordinary[-1] == "NotifyUser"
    assert set(states_along("converted")) - set(ordinary) == {"ConvertToJPEG"}
    assert states_along("refused") == (ordinary[0], "RejectImage", "NotifyUser")


def test_a_second_vcpu_helps_only_threads() -> None:
    threads = replace(SMALL, cpu=1, parallel=1.2)
    assert threads.seconds(3008) < threads.seconds(1769)
    assert replace(SMALL, cpu=1).seconds(3008) == replace(SMALL, cpu=1).seconds(1769)


def test_the_cheapest_setting_is_recommended_when_it_suffices() -> None:
    assert recommended(SMALL, 20) == 256


def test_the_largest_picture_determines_the_memory() -> None:
    assert recommended(replace(SMALL, largest_peak=1000), 20) == 1280


def test_the_longest_call_determines_the_cpu_share() -> None:
    assert recommended(SMALL, 2) == 512
    assert recommended(replace(SMALL, largest_cpu=8), 10) == 1536


def test_the_fastest_of_equally_expensive_settings_is_recommended() -> None:
    assert recommended(replace(SMALL, cpu=30), 200) == 1769


def test_a_demand_that_no_setting_serves_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        recommended(replace(SMALL, largest_peak=5000), 20)
