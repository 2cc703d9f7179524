"""Alarms: what is watched, from how much on, and who is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.template.documents import FUNCTIONS, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")
NEVER_REFUSE = {"ApiFunction", "SweepFunction"}
"""Functions that raise no error for a rejected upload: each of their errors counts."""


def watched(
    metric: str, dimension: tuple[str, str], statistic: str = "Sum", period: int = 300
) -> dict[str, Any]:
    """One metric that raises an alarm as soon as it is not zero."""
    namespace, name = metric.rsplit("/", 1)
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}],
        "Statistic": statistic,
        "Period": period,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        # Nothing is reported while nothing is uploaded.
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["OperationsTopic"],
    }


def of_function(function: str, metric: str, threshold: int) -> dict[str, Any]:
    period = 900 if function == "SweepFunction" else 300
    alarm = watched(f"AWS/Lambda/{metric}", ("FunctionName", function), period=period)
    return alarm | {"Threshold": threshold}


MACHINE = ("StateMachineArn", "ImagePipelineStateMachine")
DEPTH = "AWS/SQS/ApproximateNumberOfMessagesVisible"
EXPECTED = {
    "ExecutionsFailedAlarm": watched("AWS/States/ExecutionsFailed", MACHINE),
    "ExecutionsTimedOutAlarm": watched("AWS/States/ExecutionsTimedOut", MACHINE),
    "ExecutionsThrottledAlarm": watched("AWS/States/ExecutionThrottled", MACHINE),
    "UploadDeadLetterQueueAlarm": watched(
        DEPTH, ("QueueName", "UploadDeadLetterQueue.QueueName"), "Maximum"
    ),
    "UnsentNotificationsAlarm": watched(
        DEPTH, ("QueueName", "UnsentNotificationsQueue.QueueName"), "Maximum"
    ),
    "UploadsRestartedAlarm": watched(
        "ImagePipeline/UploadsRestarted", ("service", "image-pipeline"), period=900
    ),
    "ImagesApiServerErrorsAlarm": watched("AWS/ApiGateway/5xx", ("ApiId", "ImagesApi")),
    "ImagesApiLatencyAlarm": {
        name: value
        for name, value in watched("AWS/ApiGateway/Latency", ("ApiId", "ImagesApi")).items()
        if name != "Statistic"
    }
    | {
        "ExtendedStatistic": "p99",
        "Threshold": 3000,
        "ComparisonOperator": "GreaterThanThreshold",
    },
    **{
        function.replace("Function", "ErrorsAlarm"): of_function(
            function, "Errors", 1 if function in NEVER_REFUSE else 20
        )
        for function in FUNCTIONS
    },
    **{
        function.replace("Function", "ThrottlesAlarm"): of_function(function, "Throttles", 1)
        for function in FUNCTIONS
    },
}


def test_no_alarm_escapes_these_tests() -> None:
    assert set(ALARMS) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_alarm_watches_its_metric_and_tells_operations(name: str) -> None:
    alarm = dict(ALARMS[name])
    assert alarm.pop("AlarmDescription")
    assert alarm == EXPECTED[name]
