"""Reads what the widgets of a dashboard show, by GetMetricData."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.dashboard.body import Metric, Widget

DAY = 86_400
_DURATION = re.compile(r"-?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
# The period of a search is the last argument of the function.
_SEARCHED = re.compile(r"(', )\d+\)")


@dataclass(frozen=True)
class Line:
    """One series: its values by time, in seconds since 1970."""

    label: str
    color: str | None
    points: dict[int, float]


@dataclass(frozen=True)
class Graph:
    """A widget with what it shows, and from when to when, in seconds since 1970."""

    widget: Widget
    lines: tuple[Line, ...]
    start: int
    end: int
    period: int


def read(client: Any, widget: Widget, since: datetime | None, period: int | None) -> Graph:
    """Read what a widget shows.

    Args:
        client: of CloudWatch.
        widget: to read.
        since: when to begin; None for as long as the dashboard shows.
        period: in seconds, in place of those shorter than a day; None for those of the dashboard.
    """
    end = datetime.now(UTC) + timedelta(minutes=1)
    start = end - _duration(widget.start)
    longest = max(each.period for each in widget.metrics)
    if since is not None and longest < DAY:
        start = since
    if period and longest < DAY:
        longest = period
    else:
        period = None
    queries = [_query(each, period) for each in widget.metrics]
    colors = {each.id: each.color for each in widget.metrics}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
    )
    points: dict[tuple[str, str], dict[int, float]] = {}
    for page in pages:
        for found in page["MetricDataResults"]:
            known = points.setdefault((found["Id"], found["Label"]), {})
            times = (int(each.timestamp()) for each in found["Timestamps"])
            known.update(zip(times, found["Values"], strict=True))
    lines = tuple(Line(label, colors[name], each) for (name, label), each in points.items())
    return Graph(widget, lines, int(start.timestamp()), int(end.timestamp()), longest)


def _query(metric: Metric, period: int | None) -> dict[str, Any]:
    query: dict[str, Any] = {"Id": metric.id, "ReturnData": metric.visible}
    if metric.label:
        query["Label"] = metric.label
    seconds = period or metric.period
    if metric.expression:
        expression = _SEARCHED.sub(rf"\g<1>{seconds})", metric.expression)
        return query | {"Expression": expression, "Period": seconds}
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return query | {"MetricStat": {"Metric": named, "Period": seconds, "Stat": metric.stat}}


def _duration(text: str) -> timedelta:
    """Read a duration such as `-PT12H`."""
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(each or 0) for each in found.groups()) if found else (0, 3, 0)
    return timedelta(days=days, hours=hours, minutes=minutes)
