"""A backfill of hundreds of pictures ends with one outcome for each, whatever fails meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults.backfill import Backfill

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

PICTURES = 300
"""`python -m tests.faults.backfill` takes any number; a thousand take minutes."""


@pytest.mark.faults
def test_a_backfill_is_paused_and_resumed_while_calls_fail(aws: OfflineAws) -> None:
    backfill = Backfill(aws, PICTURES, rate=0.005)

    outcome = backfill.run()

    assert outcome.faults.total() > PICTURES / 20
    # Some started before the pause, the others after it.
    assert PICTURES / 2 <= outcome.started[0] < PICTURES
    # Without an answer of Rekognition, a picture waits for review.
    assert outcome.statuses.keys() <= {"approved", "review"}
    assert outcome.statuses.total() == PICTURES
    assert outcome.statuses["approved"] > 0.9 * PICTURES
    assert len(outcome.outcomes) == PICTURES
    assert set(outcome.outcomes.values()) == {1}
    assert outcome.report == {"done": PICTURES}
    assert "0 failed, 0 in work" in backfill.ops("status")
