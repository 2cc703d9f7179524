"""More concurrent uploads than the services accept: all finish, and none waits in a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.environment import isolated

with isolated():
    from tests.faults.burst import burst
    from tests.faults.burst_report import Limits, table

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def test_throttled_uploads_are_approved_later(aws: OfflineAws) -> None:
    report = burst(aws, 12, Limits(rekognition=1, starts=4, starts_at_once=2))
    assert report.statuses == {"approved": 12}
    assert report.lost == []
    assert report.start_attempts.total > 12
    assert report.rekognition_throttled > 0
    # Twelve at one a second, and one at once.
    assert report.seconds_to_the_last > 11
    assert report.seconds_in_waiting_functions == 0
    assert report.rekognition_calls == report.moderation_attempts
    # Validate, Choice, Parallel, three branches, Store, Notify; and each attempt after the first.
    retries = report.moderation_attempts.total - 12
    assert report.state_transitions.total == 12 * 8 + retries
    assert "12 approved" in table(report)
