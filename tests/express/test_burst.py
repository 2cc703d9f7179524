"""More uploads at once than the services accept: the queue holds them, and none is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults import burst_emulated as emulation
    from tests.faults import burst_outcomes as found
    from tests.faults.burst_account import Limits
    from tests.faults.uploads import jpeg

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

LIMITS = Limits(concurrency=3, rekognition=1)
UPLOADS = [f"queued-{number}" for number in range(12)]


@pytest.mark.faults
def test_uploads_that_wait_in_the_queue_are_approved_once_each(aws: OfflineAws) -> None:
    tally = emulation.emulated(aws, dict.fromkeys(UPLOADS, jpeg()), LIMITS)

    assert set(found.outcomes(aws, UPLOADS).values()) == {"approved"}
    assert found.lost(aws, UPLOADS) == []
    assert dict(tally.starts) == dict.fromkeys(UPLOADS, 1)
    assert tally.answers.total() == len(UPLOADS)
    assert len(tally.express) == len(UPLOADS)
    # In two batches, of ten and of two.
    assert tally.invocations["DispatchFunction"] == 2
    assert tally.throttled.total() > 0
    # Twelve at one a second, and one at once.
    assert tally.ended > 11
