"""Every alarm is caused, and every metric that is shown or alarmed on is recorded.

A day passes between two situations, so that no alarm goes off because of an earlier one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from moto.sqs.models import sqs_backends

from local.aws.environment import ACCOUNT, REGION, isolated
from tests.support.webhook_receivers import receiving

with isolated():  # moto asks for the developer's AWS profile when it is imported
    from local.aws.metrics.alarms import ALARM
    from local.aws.metrics.recorded import Metric
    from local.aws.metrics.search import search
    from local.aws.offline import OfflineAws
    from ops.dashboard.body import widgets
    from tests.alarms import causes
    from tests.alarms.causes import CAUSES, HOUR, Clock, passes
    from tests.faults.uploads import jpeg
    from tests.integration.story import process
    from tests.runbook.situations import World

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.faults

ALARMS = {"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}
# Emitted only under loads that nothing here makes, with the dimensions of the documentation:
# docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html and
# step-functions/latest/dg/procedure-cw-metrics.html.
UNDER_LOAD = {
    ("AWS/DynamoDB", "ReadThrottleEvents", frozenset({"TableName", "GlobalSecondaryIndexName"})),
    ("AWS/DynamoDB", "WriteThrottleEvents", frozenset({"TableName", "GlobalSecondaryIndexName"})),
    ("AWS/States", "ExecutionThrottled", frozenset({"StateMachineArn"})),
}


class Situations:
    """What the alarms said before and after each was caused."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}

    def cause(self, name: str) -> None:
        """Cause an alarm, and clear what the situation leaves in queues."""
        physical = self.world.aws.deployment.ref(name)
        self.before[name] = self.world.aws.monitoring.evaluate()[physical]
        CAUSES[name](self.world)
        self.after[name] = self.world.aws.monitoring.evaluate()[physical]
        self.world.settle()
        self._empty_queues()
        passes(self.world, 25 * HOUR)

    def _empty_queues(self) -> None:
        for each in self.world.aws.deployment.resources.values():
            if each.type == "AWS::SQS::Queue":  # which SQS purges once a minute only
                sqs_backends[ACCOUNT][REGION].get_queue(
                    each.attributes["QueueName"]
                )._messages.clear()


@pytest.fixture(scope="module")
def situations() -> Iterator[Situations]:
    """All alarms, caused one after another, and everything else that emits a metric."""
    with receiving() as receiver:
        parameters = {"DailyBudgetDollars": "0.01", "WebhookUrl": receiver.url}
        with OfflineAws(parameters=parameters) as aws:
            aws.monitoring.recorded.clock = Clock()
            variables: dict[str, str] = aws.deployment.functions["SweepFunction"].environment  # type: ignore[assignment]
            variables["OVERDUE_SECONDS"] = "0"
            world = World(aws, receiver)
            process(aws, "uploads/photo.jpg", jpeg())
            process(aws, "uploads/refused.txt", b"no picture")
            causes.everything_else(world)
            world.settle()
            found = Situations(world)
            passes(world, 25 * HOUR)
            for name in CAUSES:
                found.cause(name)
            yield found


def test_every_alarm_goes_off_when_it_is_caused(situations: Situations) -> None:
    assert {name for name, state in situations.after.items() if state != ALARM} == set()


def test_no_alarm_but_that_on_silence_was_on_before_it_was_caused(situations: Situations) -> None:
    on = {name for name, state in situations.before.items() if state == ALARM}
    # It is on before the first sweep, and a day after the last one.
    assert on <= {"SweepSilentAlarm"}


def test_every_alarm_of_the_stack_has_a_cause(situations: Situations) -> None:
    resources = situations.world.aws.deployment.resources
    assert set(CAUSES) == {name for name, each in resources.items() if each.type in ALARMS}


def test_an_alarm_publishes_that_it_goes_off_and_that_it_is_over(situations: Situations) -> None:
    aws = situations.world.aws
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="operations")["QueueUrl"]
    names = ["QueueArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]["QueueArn"]
    sns.subscribe(
        TopicArn=aws.deployment.ref("OperationsTopic"),
        Protocol="sqs",
        Endpoint=arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    CAUSES["ServiceErrorsAlarm"](situations.world)
    aws.monitoring.evaluate()
    passes(situations.world, HOUR)
    aws.monitoring.evaluate()
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = [json.loads(each["Body"]) for each in received]
    name = aws.deployment.ref("ServiceErrorsAlarm")
    assert [each["NewStateValue"] for each in told if each["AlarmName"] == name] == ["ALARM", "OK"]


def test_every_metric_shown_or_alarmed_on_is_emitted_with_the_same_dimensions(
    situations: Situations,
) -> None:
    recorded = set(situations.world.aws.monitoring.recorded.metrics())
    watched = set(_alarmed_on(situations.world)) | set(_shown(situations.world))
    assert len(watched) > 60
    missing = {each for each in watched - recorded if not _is_under_load(each)}
    assert missing == set()


def test_every_search_of_the_dashboard_finds_metrics_of_every_name(
    situations: Situations,
) -> None:
    recorded = situations.world.aws.monitoring.recorded.metrics()
    searched = 0
    for metric in _metrics(situations.world):
        for terms in re.findall(r"SEARCH\('([^']*)'", metric.expression):
            names = set(re.findall(r"Images\w+|ColdStart", terms.partition("}")[2]))
            assert {each.name for each in search(terms, recorded)} == names, terms
            searched += 1
    assert searched == 6


def _is_under_load(metric: Metric) -> bool:
    names = frozenset(name for name, _ in metric.dimensions)
    return (metric.namespace, metric.name, names) in UNDER_LOAD


def _alarmed_on(world: World) -> Iterator[Metric]:
    for resource in world.aws.deployment.resources.values():
        if resource.type != "AWS::CloudWatch::Alarm":
            continue
        given = resource.properties
        parts = [each["MetricStat"]["Metric"] for each in given.get("Metrics", [])
                 if "MetricStat" in each]  # fmt: skip
        for each in parts or [given]:
            dimensions = {one["Name"]: one["Value"] for one in each["Dimensions"]}
            yield Metric.of(each["Namespace"], each["MetricName"], dimensions)


def _shown(world: World) -> Iterator[Metric]:
    for each in _metrics(world):
        if each.name:
            yield Metric.of(each.namespace, each.name, dict(each.dimensions))


def _metrics(world: World) -> Iterator[Any]:
    name = world.aws.deployment.ref("Dashboard")
    body = world.aws.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"]
    for widget in widgets(body):
        yield from widget.metrics
