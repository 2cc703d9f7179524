"""The random driver with functions in processes of their own, which are killed at random."""

from __future__ import annotations

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults.chaos import processes
    from tests.faults.uploads import opened


@pytest.mark.faults
def test_seeds_break_no_invariant_of_functions_in_processes() -> None:
    with opened("processes") as aws:
        results = [processes.run(aws, seed) for seed in range(1, 7)]
    assert [(each.seed, each.violations) for each in results if each.violations] == []
    assert sum(each.executions for each in results) > 20
