"""What CloudWatch would see of the offline AWS, and which of the template's alarms go off.

Lambda counts each invocation for the function, for the alias or version that was named, and for
both with the version that ran: docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
"""

from __future__ import annotations

import json
import operator
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.aws.deployment import Deployment

Metric = tuple[str, str, frozenset[tuple[str, str]]]
"""Namespace, name and dimensions."""

_ALIAS = "live"
_COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
}


def of_lambda(
    deployment: Deployment, name: str, counts: Mapping[tuple[str, str], int]
) -> Counter[Metric]:
    """Count a metric of Lambda, such as `Errors`, from counts by function and version."""
    found: Counter[Metric] = Counter()
    for (logical_id, version), count in counts.items():
        function = deployment.ref(logical_id)
        dimensions = {"FunctionName": function}
        found[_metric("AWS/Lambda", name, dimensions)] += count
        dimensions["Resource"] = f"{function}:{_ALIAS}"
        found[_metric("AWS/Lambda", name, dimensions)] += count
        dimensions["ExecutedVersion"] = version
        found[_metric("AWS/Lambda", name, dimensions)] += count
    return found


def of_executions(deployment: Deployment, statuses: Iterable[str]) -> Counter[Metric]:
    """Count the metrics of Step Functions from the statuses of executions."""
    machine = {"StateMachineArn": deployment.ref("ImagePipelineStateMachine")}
    return Counter(
        _metric("AWS/States", f"Executions{status.capitalize()}", machine) for status in statuses
    )


def of_log(lines: Iterable[str]) -> Counter[Metric]:
    """Count the metrics that functions have logged in the embedded metric format."""
    found: Counter[Metric] = Counter()
    for line in lines:
        if not line.startswith('{"_aws"'):
            continue
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = {name: document[name] for name in names}
                for metric in directive["Metrics"]:
                    key = _metric(directive["Namespace"], metric["Name"], dimensions)
                    found[key] += sum(document[metric["Name"]])
    return found


def breaching(alarm: Mapping[str, Any], metrics: Counter[Metric]) -> bool:
    """Whether an alarm goes off if every period is like the one counted."""
    if "Metrics" not in alarm:
        value: float = metrics[_given(alarm)]
    else:
        value = _computed(alarm["Metrics"], metrics)
    compare = _COMPARISONS[alarm["ComparisonOperator"]]
    return bool(compare(value, float(alarm["Threshold"])))


def _computed(queries: list[dict[str, Any]], metrics: Counter[Metric]) -> float:
    """Evaluate the metric math of an alarm; a metric without data counts as zero."""
    sums = {
        query["Id"]: metrics[_given(query["MetricStat"]["Metric"])]
        for query in queries
        if "MetricStat" in query
    }
    (expression,) = (query["Expression"] for query in queries if "Expression" in query)
    functions: dict[str, Any] = {
        "SUM": sum,
        "MAX": max,
        "METRICS": lambda: list(sums.values()),
        "FILL": lambda value, _otherwise: value,
    }
    return float(eval(expression, {"__builtins__": {}}, functions | sums))


def _given(metric: Mapping[str, Any]) -> Metric:
    dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    return _metric(metric["Namespace"], metric["MetricName"], dimensions)


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    return namespace, name, frozenset(dimensions.items())
