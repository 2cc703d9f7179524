"""Each MemorySize is the one that benchmarks.memory_size recommends."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from benchmarks.memory_demand import Demand, recommended
from benchmarks.way import (
    ALLOWANCE,
    ASSUMED,
    RECORD,
    Assumptions,
    Choice,
    choices,
    chosen,
    fitting,
    recorded,
    shortest,
    states_along,
    way,
    with_sizes,
)
from local.manifest import state_machine
from tests.template.documents import FUNCTIONS, properties

SMALL = Demand(0.01, 0.5, 60, 0, 0, 0.06)


@cache
def picked() -> dict[str, int]:
    return chosen(recorded())


def deployed(kind: str = "ordinary", assumed: Assumptions = ASSUMED) -> Choice:
    along = way(kind, assumed)
    sizes = {name: properties(name)["MemorySize"] for name in along.functions}
    return with_sizes(along, recorded(), sizes)


def ordinary() -> list[Choice]:
    """The combinations of settings for the way of an ordinary picture that are worth a look."""
    along, demands = way("ordinary"), recorded()
    return choices(along, demands, {name: fitting(name, demands[name]) for name in along.functions})


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_template_uses_the_recommended_memory(function: str) -> None:
    assert properties(function)["MemorySize"] == picked()[function]


def test_the_record_names_the_recommended_memory() -> None:
    rows = json.loads(RECORD.read_text(encoding="utf-8"))
    assert {name: row["recommended_mb"] for name, row in rows.items()} == picked()


def test_a_picture_has_its_outcome_in_time() -> None:
    assert deployed().warm <= 1.5
    assert deployed().first <= 4


def test_no_combination_is_cheaper_and_shorter_than_all_choices() -> None:
    along, demands = way("ordinary"), recorded()
    few = {name: fitting(name, demands[name])[:3] for name in along.functions}
    found = choices(along, demands, few)
    combinations = [dict(zip(few, sizes, strict=True)) for sizes in product(*few.values())]
    assert [each.sizes for each in found if each.sizes not in combinations] == []
    for sizes in combinations:
        one = with_sizes(along, demands, sizes)
        assert any(
            each.dollars <= one.dollars * (1 + 1e-9) and each.length <= one.length for each in found
        )


def test_no_affordable_setting_is_shorter_than_the_deployed_ones() -> None:
    found = ordinary()
    cheapest = min(choice.dollars for choice in found)
    assert deployed().dollars <= cheapest + ALLOWANCE
    shorter = [choice for choice in found if choice.length < deployed().length]
    assert all(choice.dollars > cheapest + ALLOWANCE for choice in shorter)


def test_a_larger_allowance_makes_no_way_longer() -> None:
    found = ordinary()
    lengths = [shortest(found, allowance).length for allowance in (0, 0.001, 0.003, 0.01, 0.1)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] > 2 * lengths[-1]


def test_the_longest_branch_decides_the_parallel_stage() -> None:
    slow = Assumptions(rekognition=5)
    assert deployed(assumed=slow).warm > 5
    # Metadata is shorter than the other branches, so its CPU does not matter.
    demands = recorded()
    along, sizes = way("ordinary"), picked()
    busier = demands | {"MetadataFunction": replace(demands["MetadataFunction"], cpu=0.05)}
    assert with_sizes(along, busier, sizes).warm == with_sizes(along, demands, sizes).warm


def test_a_cold_way_is_longer_by_a_start_for_each_stage() -> None:
    slower = deployed(assumed=Assumptions(environment=1.2))
    assert slower.first - deployed().first == pytest.approx(len(way("ordinary").stages))
    assert slower.warm == deployed().warm


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
