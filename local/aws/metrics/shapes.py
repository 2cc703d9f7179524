"""Translates between moto's shapes of CloudWatch's metrics and queries, and those used here."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from moto.cloudwatch.models import MetricDatum

from local.aws.metrics.queries import Query
from local.aws.metrics.recorded import Metric


def point_of(values: dict[str, float], at: int) -> Any:
    """Return the statistics of a period, as moto's response reads them."""
    names = {"SampleCount": "sample_count"}
    known = {names.get(name, name.lower()): value for name, value in values.items()}
    every = dict.fromkeys(("sample_count", "sum", "minimum", "maximum", "average"))
    return SimpleNamespace(**every | known, timestamp=datetime.fromtimestamp(at, UTC), unit=None)


def queries_of(alarm: Any) -> list[Query]:
    """Return what an alarm of moto's looks at."""
    if not alarm.metric_data_queries:
        dimensions = {each.name: each.value for each in alarm.dimensions}
        metric = Metric.of(alarm.namespace, alarm.metric_name, dimensions)
        stat = alarm.statistic or alarm.extended_statistic
        return [Query("alarm", metric=metric, stat=stat, period=int(alarm.period))]
    found = []
    for each in alarm.metric_data_queries:
        is_returned = each.return_data not in {False, "false"}
        if each.metric_stat is None:
            found.append(Query(each.id, expression=each.expression, is_returned=is_returned))
            continue
        stat = each.metric_stat
        dimensions = {one.name: one.value for one in stat.metric.dimensions}
        metric = Metric.of(stat.metric.namespace, stat.metric.metric_name, dimensions)
        found.append(
            Query(each.id, "", metric, stat.stat, int(stat.period), is_returned=is_returned)
        )
    return found


def query_of(query: dict[str, Any]) -> Query:
    """Return a query of GetMetricData."""
    is_returned, label = query.get("ReturnData", True), query.get("Label", "")
    if "Expression" in query:
        period = int(query.get("Period") or 0)
        return Query(query["Id"], query["Expression"], None, "", period, label, is_returned)
    stat = query["MetricStat"]
    dimensions = {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions", ())}
    metric = Metric.of(stat["Metric"]["Namespace"], stat["Metric"]["MetricName"], dimensions)
    label = label or metric.name
    return Query(query["Id"], "", metric, stat["Stat"], int(stat["Period"]), label, is_returned)


def datum_of(metric: Metric) -> MetricDatum:
    """Return a metric as moto lists it."""
    dimensions = [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)]
    return MetricDatum(metric.namespace, metric.name, 0.0, dimensions, datetime.now(UTC), None)
