"""Bursts with WorkflowType=EXPRESS, in the model: nothing is lost, nothing fails."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.burst import deployed_memory, uploads
from tests.faults.burst_account import Limits, work
from tests.faults.burst_express import ExpressExecutions, modeled_express

LITTLE = Limits(concurrency=50, rekognition=5)


def burst(number: int, express: int, limits: Limits) -> ExpressExecutions:
    return modeled_express(uploads(number, 0), express, limits, work(deployed_memory()))


@pytest.mark.parametrize(
    ("number", "express", "limits"),
    [
        (20_000, 5, LITTLE),
        # More at once than Rekognition answers in five minutes: some are tried twice.
        (3_000, 50, Limits(rekognition=5)),
    ],
)
def test_a_burst_is_processed_at_the_rate_of_rekognition(
    number: int, express: int, limits: Limits
) -> None:
    found = burst(number, express, limits)
    assert Counter(found.statuses.values()) == {"approved": number}
    assert found.tally.answers.total() <= sum(found.tried)
    assert number / limits.rekognition <= found.tally.ended + 2
    assert found.tally.ended <= 1.3 * number / limits.rekognition


def test_what_cannot_be_processed_within_five_tries_is_a_dead_letter() -> None:
    """A hundredth of a call a second answers three in the time of one try."""
    found = burst(100, 10, Limits(rekognition=1 / 100))
    assert set(found.statuses.values()) == {"approved", "dead letter"}
    assert max(found.tried) == 5
