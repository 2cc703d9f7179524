"""Alarms: what is watched, and who is told."""

from __future__ import annotations

import pytest

from tests.template.documents import FUNCTIONS, of_type

ALARMS = of_type("AWS::CloudWatch::Alarm")
WATCHED = {
    ("AWS/States", "ExecutionsFailed", "StateMachineArn", "ImagePipelineStateMachine"),
    ("AWS/States", "ExecutionsTimedOut", "StateMachineArn", "ImagePipelineStateMachine"),
    ("AWS/States", "ExecutionThrottled", "StateMachineArn", "ImagePipelineStateMachine"),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "UploadDeadLetterQueue.QueueName",
    ),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "QueueName",
        "UnsentNotificationsQueue.QueueName",
    ),
    ("ImagePipeline", "UploadsRestarted", "service", "image-pipeline"),
    ("AWS/ApiGateway", "5xx", "ApiId", "ImagesApi"),
    ("AWS/ApiGateway", "Latency", "ApiId", "ImagesApi"),
    *(("AWS/Lambda", "Errors", "FunctionName", function) for function in FUNCTIONS),
    *(("AWS/Lambda", "Throttles", "FunctionName", function) for function in FUNCTIONS),
}


def test_what_is_watched() -> None:
    assert {
        (
            alarm["Namespace"],
            alarm["MetricName"],
            *((name := alarm["Dimensions"][0])["Name"], name["Value"]),
        )
        for alarm in ALARMS.values()
    } == WATCHED


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_is_explained_and_tells_operations(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmDescription"]
    assert alarm["AlarmActions"] == ["OperationsTopic"]
    assert alarm.get("ActionsEnabled", True)


@pytest.mark.parametrize("name", ALARMS)
def test_silence_is_no_alarm_and_a_single_event_can_be_one(name: str) -> None:
    alarm = ALARMS[name]
    # Nothing is reported while nothing is uploaded.
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["EvaluationPeriods"] == 1
    assert alarm["Threshold"] > 0
    at_least = alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert at_least == (alarm["MetricName"] != "Latency")


@pytest.mark.parametrize("name", ALARMS)
def test_thresholds(name: str) -> None:
    alarm = ALARMS[name]
    # A refused file is an error of its function too; only these two have none of those.
    never_refuses = {"ApiErrorsAlarm", "SweepErrorsAlarm"}
    counts_refusals = alarm["MetricName"] == "Errors" and name not in never_refuses
    expected = {"Latency": 3000}.get(alarm["MetricName"], 20 if counts_refusals else 1)
    assert alarm["Threshold"] == expected


def test_latency_is_that_of_the_slowest_answer_in_a_hundred() -> None:
    (latency,) = [alarm for alarm in ALARMS.values() if alarm["MetricName"] == "Latency"]
    assert latency["ExtendedStatistic"] == "p99"
