"""Alarms: metrics, thresholds and actions."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from local.manifest import functions, steps
from tests.template.documents import FUNCTIONS, of_type

if TYPE_CHECKING:
    from collections.abc import Iterable

ALARMS = of_type("AWS::CloudWatch::Alarm")
NEVER_REFUSE = [name for name, function in functions().items() if not function.states]
"""Functions that raise no error for a rejected upload, so that a single error raises the alarm."""
STEPS = [function.logical_id for function in steps()]


def watched(
    metric: str, dimension: tuple[str, str], statistic: str = "Sum", period: int = 300
) -> dict[str, Any]:
    """Return an alarm on one metric that must stay zero."""
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
        # Without uploads there is no data.
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["OperationsTopic"],
    }


def of_functions(metric: str, watched_ones: Iterable[str], threshold: int) -> dict[str, Any]:
    """Return an alarm on one metric of several functions; any function alone can raise it."""
    alarm = watched(f"AWS/Lambda/{metric}", ("FunctionName", ""))
    one = {
        name: alarm.pop(name)
        for name in ("Namespace", "MetricName", "Dimensions", "Statistic", "Period")
    }
    metrics = [
        {
            "Id": functions()[function].package,
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": one["Namespace"],
                    "MetricName": one["MetricName"],
                    "Dimensions": [{"Name": "FunctionName", "Value": function}],
                },
                "Stat": one["Statistic"],
                "Period": one["Period"],
            },
        }
        for function in watched_ones
    ]
    # The maximum: a sum would apply the threshold to all functions together.
    highest = {"Id": "highest", "Expression": "MAX(METRICS())"}
    return alarm | {"Threshold": threshold, "Metrics": [highest, *metrics]}


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
    # A rejected upload is an error of its step too.
    "StepErrorsAlarm": of_functions("Errors", STEPS, 20),
    "ServiceErrorsAlarm": of_functions("Errors", NEVER_REFUSE, 1),
    "ThrottlesAlarm": of_functions("Throttles", FUNCTIONS, 1),
}


def test_every_alarm_is_tested() -> None:
    assert set(ALARMS) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_alarm_watches_its_metric_and_notifies_operations(name: str) -> None:
    alarm = copy.deepcopy(ALARMS[name])
    assert alarm.pop("AlarmDescription")
    if "Metrics" in alarm:
        assert alarm["Metrics"][0].pop("Label")
        alarm["Metrics"].sort(key=_of_the_template)
    assert alarm == EXPECTED[name]


def test_an_alarm_has_no_more_metrics_than_cloudwatch_evaluates() -> None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html."""
    stats = [[each for each in alarm.get("Metrics", []) if "MetricStat" in each]
             for alarm in ALARMS.values()]  # fmt: skip
    assert max(map(len, stats)) <= 10


def _of_the_template(metric: dict[str, Any]) -> int:
    """Sort the expression first, then the functions in the order of the template."""
    names = [function.package for function in functions().values()]
    return names.index(metric["Id"]) if metric["Id"] in names else -1
