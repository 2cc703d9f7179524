"""More uploads at once than the services accept: all finish, and none waits in a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():
    from tests.faults import burst_emulated as emulation
    from tests.faults import burst_outcomes as found
    from tests.faults.burst import uploads
    from tests.faults.burst_account import Limits, work
    from tests.faults.burst_model import ANIMATION, modeled
    from tests.faults.uploads import jpeg
    from tests.support.pictures import two_sheets

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws
    from tests.faults.burst_report import Tally

LIMITS = Limits(concurrency=3, rekognition=1, starts=4, starts_at_once=2)
UPLOADS = uploads(stills=10, animations=2)
SEEDS = range(20)
# Of a dozen uploads with random waits, the totals of two runs differ by as much.
TOLERANCE = 1.6


@pytest.mark.faults
def test_throttled_uploads_are_approved_later_as_in_the_model(aws: OfflineAws) -> None:
    files = {name: two_sheets() if kind == ANIMATION else jpeg() for name, kind in UPLOADS.items()}
    sheets = {name: kind.sheets for name, kind in UPLOADS.items()}

    tally = emulation.emulated(aws, files, LIMITS)

    assert set(found.outcomes(aws, list(UPLOADS)).values()) == {"approved"}
    assert found.lost(aws, list(UPLOADS)) == []
    assert tally.starts.total() > len(UPLOADS)
    assert tally.throttled.total() > 0
    assert sum(not answered for _, answered in tally.detections) > 0
    assert tally.answers == sheets
    # Fourteen at one a second, and one at once.
    assert tally.ended > 13
    assert tally.waited == 0

    durations = work(emulation.memory_sizes(aws))
    runs = [modeled(UPLOADS, LIMITS, durations, seed=seed) for seed in SEEDS]
    for run in runs:
        assert set(run.statuses.values()) == {"approved"}
        assert run.tally.answers == sheets
        assert set(run.tally.invocations) == set(tally.invocations)
    for name, figure in figures(tally).items():
        modeled_figures = [figures(run.tally)[name] for run in runs]
        assert min(modeled_figures) / TOLERANCE <= figure, name
        assert figure <= max(modeled_figures) * TOLERANCE, name


def figures(tally: Tally) -> dict[str, float]:
    """Return what is compared of two bursts."""
    return {
        "seconds to the end": tally.ended,
        "seconds of functions": sum(tally.seconds.values()),
        "state transitions": tally.transitions.total(),
        "invocations": tally.invocations.total(),
        "throttled invocations": tally.throttled.total(),
    }
