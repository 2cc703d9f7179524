"""Each MemorySize is the one that benchmarks.memory_size recommends."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.memory_demand import Demand, recommended, time_limit
from tests.template.documents import FUNCTIONS, ROOT, properties

RECORD: dict[str, dict[str, Any]] = json.loads((ROOT / "docs" / "memory_size.json").read_text())
SMALL = Demand(0.01, 0.5, 60, 0, 0, 0.06)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_template_uses_the_recommended_memory(function: str) -> None:
    demand = Demand(**RECORD[function]["demand"])
    limit = time_limit(function, properties(function)["Timeout"])
    assert properties(function)["MemorySize"] == recommended(demand, limit)


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
