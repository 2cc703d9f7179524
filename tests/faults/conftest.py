"""The offline AWS for the tests of faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.aws.environment import isolated

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from tests.faults.uploads import opened
    from tests.integration.story import ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws


@pytest.fixture(scope="package")
def aws() -> Iterator[OfflineAws]:
    """The offline AWS with the deployed template; functions run in this process, one at a time."""
    with opened() as opened_aws:
        yield opened_aws


@pytest.fixture
def sweep(aws: OfflineAws) -> Callable[[], dict[str, int]]:
    """Run the sweep as if everything in the bucket were old, and wait for what it starts."""
    function = aws.deployment.functions["SweepFunction"]

    def run() -> dict[str, int]:
        answer = aws.client("lambda").invoke(FunctionName=function.name, Payload="{}")
        counts: dict[str, int] = json.loads(answer["Payload"].read())
        client = aws.client("stepfunctions")
        machine = aws.deployment.ref("ImagePipelineStateMachine")
        for execution in client.list_executions(stateMachineArn=machine)["executions"]:
            ended(aws, execution["executionArn"])
        assert "FunctionError" not in answer, counts
        return counts

    return run
