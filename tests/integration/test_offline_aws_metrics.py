"""Metrics and alarms of the offline AWS, as clients of CloudWatch see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.story import ask, process
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def period() -> dict[str, datetime]:
    """Return an hour that ends after now."""
    end = datetime.now(UTC) + timedelta(minutes=1)
    return {"StartTime": end - timedelta(hours=1), "EndTime": end}


@pytest.fixture
def processed(aws: OfflineAws) -> None:
    """One more picture that was processed."""
    process(aws, "uploads/measured.jpg", gradient_file(size=(100, 90)))


def stat(aws: OfflineAws, stat: str, period: int = 300) -> dict[str, Any]:
    dimensions = [{"Name": "service", "Value": aws.deployment.stack}]
    metric = {"Namespace": "ImagePipeline", "MetricName": "UploadToOutcomeMilliseconds",
              "Dimensions": dimensions}  # fmt: skip
    return {"Metric": metric, "Period": period, "Stat": stat}


@pytest.mark.usefixtures("processed")
def test_metric_data_has_percentiles_and_metric_math(aws: OfflineAws) -> None:
    queries = [
        {"Id": "slow", "MetricStat": stat(aws, "p99", 3600)},
        {"Id": "fast", "MetricStat": stat(aws, "Minimum", 3600)},
        {"Id": "spread", "Expression": "slow - fast", "Label": "Spread"},
    ]
    found = aws.client("cloudwatch").get_metric_data(MetricDataQueries=queries, **period())
    slow, fast, spread = found["MetricDataResults"]
    assert spread["Label"] == "Spread"
    assert spread["Values"] == [one - other for one, other in
                                zip(slow["Values"], fast["Values"], strict=True)]  # fmt: skip
    assert all(value >= 0 for value in spread["Values"])


@pytest.mark.usefixtures("processed")
def test_statistics_count_what_was_processed(aws: OfflineAws) -> None:
    machine = {"Name": "StateMachineArn", "Value": aws.deployment.ref("ImagePipelineStateMachine")}
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States",
        MetricName="ExecutionsSucceeded",
        Dimensions=[machine],
        Period=3600,
        Statistics=["Sum", "Maximum"],
        **period(),
    )["Datapoints"]
    assert sum(each["Sum"] for each in found) >= 1
    assert {each["Maximum"] for each in found} == {1.0}


@pytest.mark.usefixtures("processed")
def test_metrics_are_listed_by_name_and_dimension(aws: OfflineAws) -> None:
    function = aws.deployment.functions["StoreFunction"].name
    found = aws.client("cloudwatch").list_metrics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
    )["Metrics"]
    assert [{"Name": "FunctionName", "Value": function}] in [each["Dimensions"] for each in found]
    assert {each["MetricName"] for each in found} == {"Duration"}


def test_metrics_that_a_client_puts_are_there(aws: OfflineAws) -> None:
    client = aws.client("cloudwatch")
    client.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "one", "Value": 3.0}])
    metric = {"Namespace": "Mine", "MetricName": "one"}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    found = client.get_metric_data(MetricDataQueries=[query], **period())["MetricDataResults"]
    assert sum(found[0]["Values"]) == 3.0


def test_an_alarm_says_so_once_somebody_asks(aws: OfflineAws) -> None:
    client, name = aws.client("cloudwatch"), "asked-for-nothing"
    client.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/ApiGateway",
        MetricName="4xx",
        Dimensions=[{"Name": "ApiId", "Value": aws.deployment.ref("ImagesApi")}],
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    ask(aws, "/nowhere")
    (alarm,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    client.delete_alarms(AlarmNames=[name])
    assert alarm["StateValue"] == "ALARM"
