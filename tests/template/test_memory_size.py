"""The functions have the memory that benchmarks.memory_size recommends."""

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
def test_the_template_uses_what_is_recommended(function: str) -> None:
    demand = Demand(**RECORD[function]["demand"])
    limit = time_limit(function, properties(function)["Timeout"])
    assert properties(function)["MemorySize"] == recommended(demand, limit)


def test_the_cheapest_is_recommended_where_nothing_asks_for_more() -> None:
    assert recommended(SMALL, 20) == 256


def test_the_largest_picture_decides_about_memory() -> None:
    assert recommended(replace(SMALL, largest_peak=1000), 20) == 1280


def test_the_longest_call_decides_about_the_processor() -> None:
    assert recommended(SMALL, 2) == 512
    assert recommended(replace(SMALL, largest_cpu=8), 10) == 1536


def test_of_what_costs_the_same_the_fastest_is_recommended() -> None:
    assert recommended(replace(SMALL, cpu=30), 200) == 1769


def test_what_nothing_serves_is_noticed() -> None:
    with pytest.raises(ValueError, match="empty"):
        recommended(replace(SMALL, largest_peak=5000), 20)
