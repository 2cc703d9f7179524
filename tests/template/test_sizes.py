"""Functions have the memory and time that the largest pictures need (benchmarks/limits.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.manifest import of_package, with_layer
from pictures.formats import FORMATS
from tests.template.documents import ROOT, properties

MEASURED: dict[str, dict[str, Any]] = json.loads((ROOT / "docs" / "limits.json").read_text())
STEPS = [function.package for function in with_layer("ImagingLayer")]
WHOLE_VCPU = 1769  # MB; docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html


def highest(step: str, figure: str) -> float:
    return max(float(row[step][figure]) for row in MEASURED.values() if step in row)


@pytest.mark.parametrize("step", STEPS)
def test_memory_has_a_margin_of_20_percent(step: str) -> None:
    memory = properties(of_package(step).logical_id)["MemorySize"]
    assert highest(step, "rss_mb") * 1.2 <= memory


@pytest.mark.parametrize("step", STEPS)
def test_the_timeout_allows_three_times_the_measured_work(step: str) -> None:
    function = properties(of_package(step).logical_id)
    share = min(1.0, function["MemorySize"] / WHOLE_VCPU)
    assert 3 * highest(step, "cpu_s") / share <= function["Timeout"]


def test_every_format_was_measured_and_accepted() -> None:
    assert {row["validate"]["outcome"] for row in MEASURED.values()} == FORMATS.keys()
    assert not [name for name, row in MEASURED.items() if row["too_large"]]
    refused = [name for name, row in MEASURED.items() for step in STEPS[1:]
               if row.get(step, {}).get("outcome", "ok") != "ok"]  # fmt: skip
    assert refused == []
