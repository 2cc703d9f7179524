from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from image_pipeline.errors import Reason

from .mutations import mutated
from .seeds import seeds
from .targets import survive

REASONS = {"accepted", *Reason}


@pytest.mark.parametrize("name", seeds())
def test_the_seeds_are_accepted(name: str) -> None:
    assert survive(seeds()[name], name.split()[0]) == "accepted"


@pytest.mark.slow
@pytest.mark.parametrize("name", seeds())
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(number=st.integers(0, 2**32))
def test_damaged_files_are_refused_or_accepted_without_crashing(name: str, number: int) -> None:
    data = mutated(seeds()[name], list(seeds().values()), Random(number))
    assert survive(data, name.split()[0]) in REASONS
