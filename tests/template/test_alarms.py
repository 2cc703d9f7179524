"""Alarms: metrics, thresholds and actions."""

from __future__ import annotations

import copy
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from local.manifest import functions, steps
from ops.cost.run import default_report
from ops.cost.upload import seconds
from tests.template.documents import definition, of_type, properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALARMS = of_type("AWS::CloudWatch::Alarm", DailyBudgetDollars="12.50")
COMPOSITES = of_type("AWS::CloudWatch::CompositeAlarm")
STEPS = [function.logical_id for function in steps()]
INDEXES = properties("ImagesTable").get("GlobalSecondaryIndexes", [])
STACK = ("service", "AWS::StackName")

Dimension = tuple[str, str]


def alarm(**differences: Any) -> dict[str, Any]:
    """Return the properties that the alarms share."""
    return {
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        # Without uploads there is no data.
        "TreatMissingData": "notBreaching",
        "AlarmActions": ["OperationsTopic"],
        "OKActions": ["OperationsTopic"],
    } | differences


def metric(name: str, *dimensions: Dimension) -> dict[str, Any]:
    """Return a metric; its name contains the namespace."""
    namespace, _, plain = name.rpartition("/")
    return {
        "Namespace": namespace,
        "MetricName": plain,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
    }


def watched(name: str, *dimensions: Dimension, **differences: Any) -> dict[str, Any]:
    """Return an alarm on one metric that must stay zero."""
    return alarm(Statistic="Sum", Period=300) | metric(name, *dimensions) | differences


def computed(
    expression: str,
    metrics: dict[str, dict[str, Any]],
    period: int = 300,
    statistic: str = "Sum",
    **differences: Any,
) -> dict[str, Any]:
    """Return an alarm on an expression of several metrics."""
    sums = [
        {
            "Id": name,
            "ReturnData": False,
            "MetricStat": {"Metric": each, "Stat": statistic, "Period": period},
        }
        for name, each in metrics.items()
    ]
    return alarm(Metrics=[{"Expression": expression}, *sums]) | differences


def durations() -> dict[str, dict[str, Any]]:
    """Return the durations of the steps."""
    return {
        functions()[name].package: metric("AWS/Lambda/Duration", ("FunctionName", name))
        for name in STEPS
    }


def errors(watched_ones: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the errors of several functions."""
    return {
        functions()[name].package: metric("AWS/Lambda/Errors", ("FunctionName", name))
        for name in watched_ones
    }


def throttles() -> dict[str, dict[str, Any]]:
    """Return the throttled reads and writes of the table and of each of its indexes."""
    found = {}
    for index in ("", *(each["IndexName"] for each in INDEXES)):
        of = f"Of{index.capitalize()}" if index else ""
        dimensions = [("TableName", "ImagesTable")]
        dimensions += [("GlobalSecondaryIndexName", index)] if index else []
        for kind in ("Read", "Write"):
            name = f"AWS/DynamoDB/{kind}ThrottleEvents"
            found[f"{kind.lower()}s{of}"] = metric(name, *dimensions)
    return found


def burning(period: int, threshold: float, **differences: Any) -> dict[str, Any]:
    """Return an alarm on the burn rate of a window, which another alarm acts on."""
    ends = metric("ImagePipeline/OutcomesLate", STACK)
    overdue = metric("ImagePipeline/UploadsOverdue", STACK, SWEEP)
    expressions = {
        "late": "MAX([FILL(ended_late, 0), FILL(overdue, 0)])",
        "on_time": "FILL(ended, 0) - FILL(ended_late, 0)",
    }
    parts = (("ended", ends, "SampleCount"), ("ended_late", ends, "Sum"))
    found: dict[str, Any] = alarm(Threshold=threshold) | {
        "Metrics": [
            {"Expression": "IF(late > 1, 200 * late / (on_time + late), 0)"},
            *({"Id": name, "Expression": each, "ReturnData": False}
              for name, each in expressions.items()),
            *({"Id": name, "ReturnData": False,
               "MetricStat": {"Metric": each, "Stat": stat, "Period": period}}
              for name, each, stat in (*parts, ("overdue", overdue, "Maximum"))),
        ]
    }  # fmt: skip
    del found["AlarmActions"], found["OKActions"]
    return found | differences


MACHINE = ("StateMachineArn", "ImagePipelineStateMachine")
API = ("ApiId", "ImagesApi")
SWEEP = ("function_name", "SweepFunction")
MODERATE = ("function_name", "ModerateFunction")
# List prices in us-east-1: an image at $0.001, the other services per execution, and Lambda on x86.
_GB_SECONDS = " + ".join(
    f"{properties(name)['MemorySize']} * FILL({functions()[name].package}, 0)" for name in STEPS
)
COST = {
    workflow: f"0.001 * FILL(images, 0) + {execution} * FILL(executions, 0) "
    f"+ 0.0000166667 / 1000 / 1024 * ({_GB_SECONDS})"
    for workflow, execution in {"STANDARD": "0.00025", "EXPRESS": "0.00008"}.items()
}
DEPTH = "AWS/SQS/ApproximateNumberOfMessagesVisible"
EXPECTED = {
    "ExecutionsFailedAlarm": watched("AWS/States/ExecutionsFailed", MACHINE),
    "ExecutionsTimedOutAlarm": watched("AWS/States/ExecutionsTimedOut", MACHINE),
    "ExecutionsAbortedAlarm": watched("AWS/States/ExecutionsAborted", MACHINE),
    "BackfillFailedAlarm": watched(
        "AWS/States/ExecutionsFailed", ("StateMachineArn", "BackfillStateMachine")
    ),
    "UploadDeadLetterQueueAlarm": watched(
        DEPTH, ("QueueName", "UploadDeadLetterQueue.QueueName"), Statistic="Maximum"
    ),
    "UploadEventsLostAlarm": watched(
        "AWS/Events/InvocationsFailedToBeSentToDlq", ("RuleName", "UploadRule")
    ),
    "UnsentNotificationsAlarm": watched(
        DEPTH, ("QueueName", "UnsentNotificationsQueue.QueueName"), Statistic="Maximum"
    ),
    "WebhooksDeadLetterQueueAlarm": watched(
        DEPTH, ("QueueName", "WebhooksDeadLetterQueue.QueueName"), Statistic="Maximum"
    ),
    "WebhooksWaitingAlarm": watched(
        "AWS/SQS/ApproximateAgeOfOldestMessage",
        ("QueueName", "WebhooksQueue.QueueName"),
        Statistic="Maximum",
        Threshold=3600,
    ),
    "WebhooksLateAlarm": watched(
        "ImagePipeline/OldestWebhookSeconds",
        STACK,
        ("function_name", "WebhookFunction"),
        Statistic="Maximum",
        Threshold=3600,
        Period=3 * 3600,
    ),
    "UploadsQueueAgeAlarm": watched(
        "AWS/SQS/ApproximateAgeOfOldestMessage",
        ("QueueName", "UploadsQueue.QueueName"),
        Statistic="Maximum",
        Threshold=900,
        ComparisonOperator="GreaterThanThreshold",
    ),
    "DispatchErrorsAlarm": watched("AWS/Lambda/Errors", ("FunctionName", "DispatchFunction")),
    "WebhookErrorsAlarm": watched("AWS/Lambda/Errors", ("FunctionName", "WebhookFunction")),
    "ProjectorDeadLetterQueueAlarm": watched(
        DEPTH, ("QueueName", "ProjectorDeadLetterQueue.QueueName"), Statistic="Maximum"
    ),
    "ProjectionLagAlarm": watched(
        "AWS/Lambda/IteratorAge",
        ("FunctionName", "ProjectorFunction"),
        Statistic="Maximum",
        Threshold=600_000,
        ComparisonOperator="GreaterThanThreshold",
    ),
    "UploadsRestartedAlarm": watched("ImagePipeline/UploadsRestarted", STACK, SWEEP, Period=900),
    "UploadsGivenUpAlarm": watched("ImagePipeline/UploadsGivenUp", STACK, SWEEP, Period=900),
    "OldestInWorkAlarm": watched(
        "ImagePipeline/OldestInWorkSeconds",
        STACK,
        SWEEP,
        Period=900,
        Statistic="Maximum",
        Threshold=6 * 3600,
    ),
    # Silence is the absence of data, in each of four periods.
    "SweepSilentAlarm": watched(
        "ImagePipeline/ImagesInWork",
        STACK,
        SWEEP,
        Period=900,
        EvaluationPeriods=4,
        Statistic="SampleCount",
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
    ),
    "FastBurnHourAlarm": burning(3600, 14.4),
    # A sweep in one of the periods tells of uploads that have no outcome yet.
    "FastBurnMinutesAlarm": burning(300, 14.4, EvaluationPeriods=3, DatapointsToAlarm=1),
    "SlowBurnHoursAlarm": burning(21_600, 6),
    "SlowBurnHalfHourAlarm": burning(1800, 6),
    "ImagesApiServerErrorsAlarm": watched("AWS/ApiGateway/5xx", API),
    "ImagesApiLatencyAlarm": computed(
        "MAX([FILL(reads, 0), FILL(writes, 0)])",
        {
            name: metric("ImagePipeline/AnswerMilliseconds", STACK, ("function_name", function))
            for name, function in (("reads", "ApiFunction"), ("writes", "ApiWriteFunction"))
        },
        statistic="p99",
        Threshold=3000,
        ComparisonOperator="GreaterThanThreshold",
    ),
    # Refusals and throttles are errors of a step too.
    "StepErrorsAlarm": computed(
        f"SUM([{', '.join(errors(STEPS))}]) - FILL(expected, 0)",
        {"expected": metric("ImagePipeline/ExpectedErrors", STACK)} | errors(STEPS),
        period=60,
        Threshold=5,
        EvaluationPeriods=5,
        DatapointsToAlarm=3,
    ),
    "ServiceErrorsAlarm": computed(
        "SUM(METRICS())",
        errors(["ApiFunction", "ApiWriteFunction", "ConsoleFunction", "SigninFunction"]),
    ),
    "SweepErrorsAlarm": watched(
        "AWS/Lambda/Errors",
        ("FunctionName", "SweepFunction"),
        Period=900,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
    ),
    "DailyCostAlarm": computed(
        COST["EXPRESS"],
        {
            "images": metric("ImagePipeline/ImagesAnalyzed", STACK, MODERATE),
            "executions": metric("AWS/States/ExecutionsStarted", MACHINE),
        }
        | durations(),
        period=86_400,
        Threshold="12.50",
        ComparisonOperator="GreaterThanThreshold",
    ),
    "TableThrottlesAlarm": computed("SUM(METRICS())", throttles(), EvaluationPeriods=3),
}


def test_every_alarm_is_tested() -> None:
    assert set(ALARMS) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_alarm_watches_its_metric_and_notifies_operations(name: str) -> None:
    found, expected = (copy.deepcopy(each[name]) for each in (ALARMS, EXPECTED))
    assert found.pop("AlarmDescription")
    if "Metrics" in found:
        assert found["Metrics"][0].pop("Label")
        assert found["Metrics"][0].pop("Id")
        for alarm in (found, expected):
            alarm["Metrics"][1:] = sorted(alarm["Metrics"][1:], key=lambda each: each["Id"])
    assert found == expected


def test_an_expression_names_only_metrics_of_its_alarm() -> None:
    for found in ALARMS.values():
        names = {each["Id"] for each in found.get("Metrics", [])}
        for each in found.get("Metrics", []):
            assert set(re.findall(r"\b[a-z]\w*\b", each.get("Expression", ""))) <= names


@pytest.mark.parametrize(
    ("name", "windows", "hours"),
    [
        ("FastBurnAlarm", {"FastBurnHourAlarm", "FastBurnMinutesAlarm"}, 1),
        ("SlowBurnAlarm", {"SlowBurnHoursAlarm", "SlowBurnHalfHourAlarm"}, 6),
    ],
)
def test_a_burn_rate_has_to_hold_in_a_long_and_in_a_short_window(
    name: str, windows: set[str], hours: int
) -> None:
    found = COMPOSITES[name]
    assert set(re.findall(r"\w+Alarm", found["AlarmRule"])) == windows
    assert re.fullmatch(r'ALARM\("\w+"\) AND ALARM\("\w+"\)', found["AlarmRule"])
    assert found["AlarmActions"] == found["OKActions"] == ["OperationsTopic"]
    rates = {ALARMS[window]["Threshold"] for window in windows}
    spent = rates.pop() * hours / (30 * 24)
    assert not rates
    assert 0.019 < spent < 0.051  # of a month's budget, before anybody is told


def test_every_alarm_notifies_operations_or_is_part_of_one_that_does() -> None:
    parts = {
        part for each in COMPOSITES.values() for part in re.findall(r"\w+Alarm", each["AlarmRule"])
    }
    assert {name for name, each in ALARMS.items() if "AlarmActions" not in each} == parts


def test_waiting_for_capacity_raises_no_alarm() -> None:
    """Steps wait out throttles for a day; images that wait too long raise an alarm of their own."""
    watched = {each["MetricName"] for each in _metrics()}
    assert not watched & {"Throttles", "ExecutionThrottled", "ThrottledEvents", "ThrottledRequests"}


def test_every_dead_letter_queue_and_every_rule_with_one_is_watched() -> None:
    rules = {
        name
        for name, rule in of_type("AWS::Events::Rule").items()
        if any("DeadLetterConfig" in target for target in rule["Targets"])
    }
    watched = {
        each["Dimensions"][0]["Value"].partition(".")[0]
        for each in _metrics()
        if each["Namespace"] in {"AWS/Events", "AWS/SQS"}
    }
    assert rules | set(of_type("AWS::SQS::Queue")) == watched


def test_an_image_that_waits_is_noticed_long_before_its_execution_times_out() -> None:
    assert ALARMS["OldestInWorkAlarm"]["Threshold"] <= definition()["TimeoutSeconds"] / 4


def test_each_period_of_the_silence_alarm_has_a_sweep() -> None:
    (schedule,) = of_type("AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert ALARMS["SweepSilentAlarm"]["Period"] == 15 * 60


def test_the_cost_is_watched_only_against_a_budget() -> None:
    assert set(ALARMS) - set(of_type("AWS::CloudWatch::Alarm")) == {"DailyCostAlarm"}


def test_a_standard_execution_costs_more() -> None:
    alarm = properties("DailyCostAlarm", WorkflowType="STANDARD", DailyBudgetDollars="12.50")
    assert alarm["Metrics"][0]["Expression"] == COST["STANDARD"]


@pytest.mark.parametrize("workflow", COST)
def test_the_estimated_cost_of_a_thousand_photos_is_that_of_the_model(workflow: str) -> None:
    """A photo of 12 megapixels takes the durations that the cost model has for it."""
    report = default_report()
    report = report.of(report.stack.architecture, workflow)
    photo = replace(report, work=replace(report.work, mix={"photo": 1.0}))
    values = {"images": 1000.0, "executions": 1000.0}
    for name, invoked in report.measured.kinds["photo"].functions.items():
        taken = seconds(report.measured, name, report.stack.functions[name], invoked)
        values[functions()[name].package] = taken * 1000 * 1000
    expression = re.sub(
        r"FILL\((\w+), 0\)", lambda found: str(values.get(found[1], 0)), COST[workflow]
    )
    assert math.isclose(eval(expression), photo.per_thousand[0], rel_tol=0.05)


def test_an_alarm_has_no_more_metrics_than_cloudwatch_evaluates() -> None:
    """docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html."""
    stats = [[each for each in alarm.get("Metrics", []) if "MetricStat" in each]
             for alarm in ALARMS.values()]  # fmt: skip
    assert max(map(len, stats)) <= 10


def _metrics() -> Iterator[dict[str, Any]]:
    for alarm in ALARMS.values():
        if "MetricName" in alarm:
            yield alarm
        yield from (
            each["MetricStat"]["Metric"]
            for each in alarm.get("Metrics", [])
            if "MetricStat" in each
        )
