"""CloudWatch's API on the recorded metrics, and the evaluation of its alarms.

moto stores metrics and alarms, but evaluates no alarm, has no percentiles and little metric math.
Here alarms are evaluated whenever somebody asks for them, and by `evaluate`.
"""

from __future__ import annotations

import json
import math
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.models import (
    CloudWatchBackend,
    cloudwatch_backends,
)

from local.aws.clients import client_of
from local.aws.environment import ACCOUNT, REGION
from local.aws.metrics.alarms import OK, Rule, composite_state
from local.aws.metrics.queries import Span, answers
from local.aws.metrics.recorded import MINUTE, Metric, Recorded
from local.aws.metrics.shapes import datum_of, point_of, queries_of, query_of
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.cloudwatch.models import MetricDatum

_ASKED = (
    "describe_alarms",
    "get_alarms_by_action_prefix",
    "get_alarms_by_alarm_name_prefix",
    "get_alarms_by_alarm_names",
    "get_alarms_by_state_value",
)


class Monitoring:
    """The metrics and the alarms.

    Args:
        sample: called before anything is read; records what is true at any time, such as the
            number of messages in a queue.
    """

    def __init__(self, sample: Callable[[Recorded], None]) -> None:
        self.recorded = Recorded()
        self._sample = sample

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Context manager in which CloudWatch answers from what is recorded."""
        with ExitStack() as patches:
            for name in _ASKED:
                genuine = getattr(CloudWatchBackend, name)
                patches.enter_context(
                    replaced(CloudWatchBackend, name, self._evaluating_first(genuine))
                )
            for name, replacement in (
                ("get_metric_data", self._data),
                ("get_metric_statistics", self._statistics),
                ("list_metrics", self._listed),
                ("put_metric_data", self._put),
            ):
                patches.enter_context(replaced(CloudWatchBackend, name, replacement))
            yield

    def evaluate(self) -> dict[str, str]:
        """Evaluate every alarm now, and act on changes; return the states by name."""
        self._sample(self.recorded)
        alarms = _alarms()
        states: dict[str, str] = {}
        for alarm in (each for each in alarms if each.rule is None):
            states[alarm.name] = self._state(alarm)
        for alarm in (each for each in alarms if each.rule is not None):
            states[alarm.name] = composite_state(alarm.rule, states)
        for alarm in alarms:
            if states[alarm.name] != alarm.state_value:
                _change(alarm, states[alarm.name])
        return states

    def _state(self, alarm: Any) -> str:
        queries = queries_of(alarm)
        period = max(each.period for each in queries)
        rule = Rule(
            periods=int(alarm.evaluation_periods),
            breaching=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
            threshold=float(alarm.threshold),
            comparison=alarm.comparison_operator,
            missing=alarm.treat_missing_data or "missing",
        )
        # A period ends with each minute, the one that has begun included.
        end = (int(self.recorded.clock()) // MINUTE + 1) * MINUTE
        span = Span(end - rule.periods * period, end)
        (answer,) = answers(self.recorded, queries, span)
        (found,) = answer.series
        points = [found.series.get(at) for at in range(*span, period)]
        return rule.state(points, alarm.state_value)

    def _evaluating_first(self, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def ask(*arguments: Any, **options: Any) -> Any:
            self.evaluate()
            return genuine(*arguments, **options)

        return ask

    def _data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampDescending",
    ) -> list[dict[str, Any]]:
        self._sample(self.recorded)
        given = [query_of(each) for each in queries]
        period = max((each.period for each in given), default=0) or MINUTE
        start = int(_seconds(start_time)) // period * period
        span = Span(start, math.ceil(_seconds(end_time)))
        found = []
        for query, series in answers(self.recorded, given, span):
            for each in series:
                points = sorted(each.series.items(), reverse=scan_by == "TimestampDescending")
                found.append(
                    {
                        "id": query.id,
                        "label": each.label,
                        "timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
                        "values": [value for _, value in points],
                        "status_code": "Complete",
                    }
                )
        return found

    def _statistics(
        self,
        namespace: str,
        metric_name: str,
        start_time: datetime,
        end_time: datetime,
        period: int,
        stats: list[str],
        dimensions: list[dict[str, str]],
        unit: str | None = None,  # noqa: ARG002 - units are not recorded
    ) -> list[Any]:
        self._sample(self.recorded)
        metric = Metric.of(
            namespace, metric_name, {each["Name"]: each["Value"] for each in dimensions}
        )
        start = int(_seconds(start_time)) // period * period
        span = start, math.ceil(_seconds(end_time)), period
        by_stat = {stat: self.recorded.series(metric, *span, stat) for stat in stats}
        times = sorted({at for series in by_stat.values() for at in series})
        return [
            point_of({stat: series[at] for stat, series in by_stat.items()}, at) for at in times
        ]

    def _listed(
        self,
        _next_token: str | None,
        namespace: str,
        metric_name: str,
        dimensions: list[dict[str, str]],
    ) -> tuple[str | None, list[MetricDatum]]:
        self._sample(self.recorded)
        wanted = {(each["Name"], each.get("Value")) for each in dimensions or ()}
        found = [
            datum_of(each)
            for each in self.recorded.metrics()
            if namespace in {None, each.namespace}
            and metric_name in {None, each.name}
            and all(
                any(name == key and value in {None, held} for key, held in each.dimensions)
                for name, value in wanted
            )
        ]
        return None, found

    def _put(self, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        for each in metric_data:
            dimensions = {one["Name"]: one["Value"] for one in each.get("Dimensions", ())}
            for value in each.get("Values", [each.get("Value", 0.0)]):
                self.recorded.add(namespace, {each["MetricName"]: float(value)}, dimensions)


def _alarms() -> list[Any]:
    return list(cloudwatch_backends[ACCOUNT][REGION].alarms.values())


def _change(alarm: Any, state: str) -> None:
    """Change the state of an alarm, and publish it as CloudWatch does."""
    before = alarm.state_value
    reason = f"evaluated offline: {before} before, {state} now"
    alarm.update_state(reason, "{}", state)
    actions = {OK: alarm.ok_actions, "ALARM": alarm.alarm_actions}.get(state) or []
    if not alarm.actions_enabled:
        return
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT,
        "NewStateValue": state,
        "NewStateReason": reason,
        "StateChangeTime": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "Region": REGION,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
    }
    sns = client_of("sns")
    for topic in actions:
        subject = f'{state}: "{alarm.name}"'[:100]
        sns.publish(TopicArn=topic, Subject=subject, Message=json.dumps(message))


def _seconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
