"""The dashboard and the saved queries: what they show, and that they can be read."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from image_pipeline.status import Status
from local.manifest import steps
from ops.dashboard.body import Widget, widgets
from tests.template.documents import of_type, properties, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.dashboard.body import Metric

# What the dashboard is for, and the title of the widget that shows it.
SHOWN = {
    "Images per outcome": {"ImagesApproved", "ImagesReview", "ImagesRejected", "ImagesFailed"},
    "Images not approved, by reason": {"ImagesReview", "ImagesRejected", "ImagesFailed"},
    "From upload to outcome": {"UploadToOutcomeMilliseconds"},
    "Latency per step, 95th percentile": {"Duration"},
    "Errors per step": {"Errors", "ExpectedErrors", "ExecutionsFailed", "ExecutionsTimedOut"},
    "Cold starts": {"ColdStart"},
    "Throttles": {"Throttles", "ExecutionThrottled", "ThrottledCount", "ReadThrottleEvents",
                  "WriteThrottleEvents"},
    "Calls of Rekognition per second": {"ImagesAnalyzed", "SuccessfulRequestCount",
                                        "ThrottledCount"},
    "Dead letters and unsent notifications": {"ApproximateNumberOfMessagesVisible",
                                              "InvocationsFailedToBeSentToDlq"},
    "Age of the oldest": {"OldestInWorkSeconds", "IteratorAge", "ApproximateAgeOfOldestMessage"},
    "Backlogs": {"ImagesInReview", "ImagesInWork", "UploadsOverdue"},
    "Late outcomes against the objective": {"OutcomesLate"},
    "Estimated cost per day": {"ImagesAnalyzed", "ExecutionsStarted", "Duration"},
    "Answers of the API": {"Count", "4xx", "5xx"},
    "Latency of the API": {"AnswerMilliseconds"},
}  # fmt: skip


def shown(**parameters: str) -> dict[str, Widget]:
    """Return the widgets by their titles."""
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard", **parameters).values()
    return {each.title: each for each in widgets(dashboard["DashboardBody"])}


def names(widget: Widget) -> Iterator[str]:
    """Return the names of the metrics of a widget, also of those that it searches for."""
    for each in widget.metrics:
        if each.name:
            yield each.name
        for found in re.findall(r"MetricName=(?:\(([^)]*)\)|\"(\w+)\")", each.expression):
            yield from re.findall(r"\w+", (found[0] or found[1]).replace(" OR ", " "))


def test_every_widget_shows_what_its_title_says() -> None:
    assert {title: set(names(each)) for title, each in shown().items()} == SHOWN


def test_no_two_widgets_overlap_and_none_leaves_the_grid() -> None:
    found = shown().values()
    for one, other in combinations(found, 2):
        is_beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        is_below = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert is_beside or is_below, (one.title, other.title)
    assert max(each.x + each.width for each in found) == 24


def test_an_expression_uses_only_metrics_of_its_widget() -> None:
    for widget in shown().values():
        known = {each.id for each in widget.metrics}
        for each in widget.metrics:
            plain = re.sub(r"'[^']*'", "", each.expression)
            assert set(re.findall(r"\b[a-z]\w*\b", plain)) <= known, each.expression


def test_only_metrics_of_this_stack_are_shown_and_the_calls_of_rekognition_in_its_region() -> None:
    for each in _metrics():
        if each.namespace == "ImagePipeline":
            assert ("service", "AWS::StackName") in each.dimensions
        elif each.expression.partition("(")[0] in {"SEARCH", "SUM"}:
            assert 'service="AWS::StackName"' in each.expression
        elif each.namespace == "AWS/Rekognition":
            assert each.dimensions == (("Operation", "DetectModerationLabels"),)


@pytest.mark.parametrize(
    "title", ["Latency per step, 95th percentile", "Errors per step", "Throttles"]
)
def test_every_step_is_shown(title: str) -> None:
    of_functions = {
        each.dimensions[0][1] for each in shown()[title].metrics if each.namespace == "AWS/Lambda"
    }
    assert of_functions >= {each.logical_id for each in steps()}


def test_every_outcome_is_counted() -> None:
    closed = set(Status) - {Status.PENDING, Status.PROCESSING, Status.DELETED}
    labels = {each.label for each in shown()["Images per outcome"].metrics}
    assert labels == {str(each) for each in closed}


def test_the_time_to_an_outcome_is_shown_as_percentiles_beside_the_objective() -> None:
    widget = shown()["From upload to outcome"]
    assert [each.stat for each in widget.metrics] == ["p50", "p95", "p99"]
    assert widget.limits == (("objective", 120_000),)


def test_every_queue_is_shown() -> None:
    widget = shown()["Dead letters and unsent notifications"]
    found = {each.dimensions[0][1].partition(".")[0] for each in widget.metrics}
    queues = set(of_type("AWS::SQS::Queue")) - {"WebhooksQueue", "UploadsQueue"}
    assert queues <= found


def test_the_age_of_the_queue_of_uploads_is_shown_where_there_is_one() -> None:
    for kind, is_shown in (("STANDARD", False), ("EXPRESS", True)):
        widget = shown(WorkflowType=kind)["Age of the oldest"]
        queues = {each.dimensions[0][1] for each in widget.metrics if each.dimensions}
        assert ("UploadsQueue.QueueName" in queues) == is_shown


def test_a_stack_without_webhooks_has_a_dashboard_without_their_queues() -> None:
    without = shown(WebhookUrl="")
    assert "Webhook" not in json.dumps([each.metrics for each in without.values()])
    assert without.keys() == shown().keys()


def test_the_cost_is_estimated_as_the_alarm_does() -> None:
    alarm = properties("DailyCostAlarm", DailyBudgetDollars="1")
    (expression,) = (each["Expression"] for each in alarm["Metrics"] if "Expression" in each)
    (shown_one,) = (each for each in shown()["Estimated cost per day"].metrics if each.expression)
    assert shown_one.expression == expression
    assert shown_one.period == 86_400


def test_calls_of_rekognition_are_shown_beside_the_default_quota() -> None:
    """docs.aws.amazon.com/general/latest/gr/rekognition.html."""
    widget = shown()["Calls of Rekognition per second"]
    assert widget.limits == (("default quota of the region", 5),)
    condition = written()["Conditions"]["RekognitionIsLarge"]
    assert set(re.findall(r"\w+-\w+-\d", str(condition))) == {"us-east-1", "us-west-2", "eu-west-1"}


def test_a_dashboard_of_the_same_stack_in_another_region_has_another_name() -> None:
    (dashboard,) = of_type("AWS::CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == "AWS::StackName-AWS::Region"


def test_a_saved_query_is_in_the_folder_of_its_stack_and_reads_a_group_of_it() -> None:
    groups = set(of_type("AWS::Logs::LogGroup"))
    found = of_type("AWS::Logs::QueryDefinition")
    assert {group for each in found.values() for group in each["LogGroupNames"]} == groups
    for each in found.values():
        assert each["Name"].startswith("AWS::StackName/")


def _metrics() -> Iterator[Metric]:
    for widget in shown().values():
        yield from widget.metrics
