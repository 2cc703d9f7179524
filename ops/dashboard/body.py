"""The body of a CloudWatch dashboard: its widgets, and the metrics and expressions that they show.

docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

_AS_BEFORE, _ALL_AS_BEFORE = ".", "..."


class Metric(NamedTuple):
    """A metric, or an expression if `expression` is not empty.

    `name` includes the namespace; `dimensions` are pairs of name and value.
    """

    id: str
    label: str
    period: int
    stat: str
    visible: bool
    color: str | None
    expression: str = ""
    namespace: str = ""
    name: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Widget:
    """A graph; `limits` are its horizontal lines, as pairs of label and value."""

    title: str
    x: int
    y: int
    width: int
    height: int
    stacked: bool
    unit: str
    limits: tuple[tuple[str, float], ...]
    metrics: tuple[Metric, ...]
    start: str


def widgets(body: str) -> list[Widget]:
    """Read the body of a dashboard.

    Raises:
        ValueError: it is not JSON, or a metric repeats fields that there are not.
    """
    document = json.loads(body)
    start = document.get("start", "-PT3H")
    return [_widget(each, start) for each in document["widgets"] if each["type"] == "metric"]


def _widget(given: dict[str, Any], start: str) -> Widget:
    properties = given["properties"]
    axis = properties.get("yAxis", {}).get("left", {})
    lines = properties.get("annotations", {}).get("horizontal", [])
    return Widget(
        title=properties["title"],
        x=given["x"],
        y=given["y"],
        width=given["width"],
        height=given["height"],
        stacked=properties.get("stacked", False),
        unit=axis.get("label", ""),
        limits=tuple((each.get("label", ""), float(each["value"])) for each in lines),
        metrics=tuple(_metrics(properties)),
        start=properties.get("start", start),
    )


def _metrics(properties: dict[str, Any]) -> list[Metric]:
    found = []
    fields: list[str] = []
    for number, row in enumerate(properties["metrics"]):
        options = row[-1] if isinstance(row[-1], dict) else {}
        shared: dict[str, Any] = {
            "id": options.get("id", f"unnamed{number}"),
            "label": options.get("label", ""),
            "period": int(options.get("period", properties.get("period", 300))),
            "stat": options.get("stat", properties.get("stat", "Average")),
            "visible": options.get("visible", True),
            "color": options.get("color"),
        }
        if "expression" in options:
            found.append(Metric(**shared, expression=options["expression"]))
            continue
        fields = _complete([each for each in row if isinstance(each, str)], fields)
        namespace, name, *rest = fields
        dimensions = tuple(zip(rest[::2], rest[1::2], strict=True))
        found.append(Metric(**shared, namespace=namespace, name=name, dimensions=dimensions))
    return found


def _complete(row: list[str], before: list[str]) -> list[str]:
    """Write out what a row repeats of the row before."""
    if row[0] == _ALL_AS_BEFORE:
        own = row[1:]
        row = before[: len(before) - len(own)] + own
    if len(row) > len(before) and _AS_BEFORE in row:
        message = f"{row} repeats more than there is in {before}"
        raise ValueError(message)
    return [before[at] if each == _AS_BEFORE else each for at, each in enumerate(row)]
