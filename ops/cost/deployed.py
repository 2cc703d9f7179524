"""A deployed stack: its template and parameters, and what CloudWatch knows of the last 30 days."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.errors import UsageError
from ops.aws import Stack as DeployedStack
from ops.cost.stack import stack_of
from ops.cost.usage import Invocations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.aws import Aws
    from ops.cost.usage import Measured, Usage

_DAYS = 30
_MACHINE = "ImagePipelineStateMachine"
_DAY = 86_400


@dataclass(frozen=True)
class Deployed:
    """What a stack says of itself.

    Args:
        template: as it was deployed, before its transforms.
        parameters: that its template has.
        pictures: executions that it has started.
        days: in which.
    """

    stack: DeployedStack
    aws: Aws
    template: str
    parameters: Mapping[str, str]
    pictures: float
    days: int = _DAYS

    @classmethod
    def read(cls, aws: Aws, name: str) -> Deployed:
        """Read a stack.

        Raises:
            UsageError: there is no such stack.
        """
        stack = DeployedStack.find(aws, name)
        body = stack.cloudformation.get_template(StackName=stack.name, TemplateStage="Original")
        template = body["TemplateBody"]
        machine = stack.output("StateMachineArn")
        started = _sum(aws, "AWS/States", "ExecutionsStarted", "StateMachineArn", machine)
        return cls(
            stack=stack,
            aws=aws,
            template=template if isinstance(template, str) else json.dumps(template),
            # Secrets are not shown, and decide nothing here.
            parameters={
                each: value for each, value in stack.parameters.items() if "****" not in value
            },
            pictures=started,
        )

    def measured(self, offline: Measured) -> Measured:
        """Return what an upload uses, with the average durations of the stack's functions."""
        durations = {}
        for name in stack_of(self.template, self.parameters).functions:
            physical = self.stack.resource(name)
            calls = _sum(self.aws, "AWS/Lambda", "Invocations", "FunctionName", physical)
            if calls:
                milliseconds = _sum(self.aws, "AWS/Lambda", "Duration", "FunctionName", physical)
                durations[name] = milliseconds / calls / 1000
        return replace(
            offline,
            kinds={name: _lasting(each, durations) for name, each in offline.kinds.items()},
            requests={name: _lasting(each, durations) for name, each in offline.requests.items()},
            sweep=_lasting(offline.sweep, durations),
        )


def _lasting(usage: Usage, durations: Mapping[str, float]) -> Usage:
    functions = {
        name: Invocations(each.requests, 0.0, durations[name]) if name in durations else each
        for name, each in usage.functions.items()
    }
    return replace(usage, functions=functions)


def _sum(aws: Aws, namespace: str, metric: str, dimension: str, value: str) -> float:
    now = datetime.now(UTC)
    answer: Any = aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": value}],
        StartTime=now - timedelta(days=_DAYS),
        EndTime=now,
        Period=_DAY,
        Statistics=["Sum"],
    )
    return float(sum(each["Sum"] for each in answer["Datapoints"]))


def required(pictures: float, name: str) -> float:
    """Return the volume of a stack.

    Raises:
        UsageError: nothing was uploaded.
    """
    if not pictures:
        message = f"{name} has started no execution in {_DAYS} days: give --pictures"
        raise UsageError(message)
    return pictures
