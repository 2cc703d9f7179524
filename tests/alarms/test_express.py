"""The alarms that a stack with Express executions has in addition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.metrics.alarms import ALARM
    from local.aws.offline import OfflineAws
    from tests.alarms.causes import Clock
    from tests.faults.uploads import jpeg

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.faults

ADDED = {"UploadsQueueAgeAlarm", "DispatchErrorsAlarm"}


@pytest.fixture(scope="module")
def express() -> Iterator[OfflineAws]:
    """An offline AWS with Express executions; its queues deliver only where a test says so."""
    with OfflineAws(parameters={"WorkflowType": "EXPRESS"}) as aws:
        aws.monitoring.recorded.clock = Clock()
        yield aws


def on(aws: OfflineAws) -> set[str]:
    """Return which of the additional alarms are on."""
    states = aws.monitoring.evaluate()
    return {name for name in ADDED if states[aws.deployment.ref(name)] == ALARM}


def test_the_alarms_of_the_queue_go_off_and_are_over(express: OfflineAws) -> None:
    clock = express.monitoring.recorded.clock
    assert isinstance(clock, Clock)
    express.client("s3").put_object(
        Bucket=express.deployment.ref("UploadsBucket"), Key="uploads/queued.jpg", Body=jpeg()
    )
    assert on(express) == set()
    clock.ahead += 1200
    assert on(express) == {"UploadsQueueAgeAlarm"}
    express.queues.settle()
    function = express.deployment.ref("DispatchFunction")
    express.client("lambda").invoke(FunctionName=function, Payload=b"[]")
    clock.ahead += 1200
    assert on(express) == set()
    express.client("lambda").invoke(FunctionName=function, Payload=b"[]")
    assert on(express) == {"DispatchErrorsAlarm"}
