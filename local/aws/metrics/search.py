"""Search expressions, as in `SEARCH('{Namespace,Dimension} MetricName="Name"', 'Sum', 300)`.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html. Only exact
terms are supported, not the words of a partial match.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.aws.metrics.recorded import Metric

_SCHEMA = re.compile(r"\{([^}]*)\}")
_TERM = re.compile(r'\s*(\w+)=(?:"([^"]*)"|\(([^)]*)\))')
_VALUE = re.compile(r'"([^"]*)"')


def search(expression: str, metrics: Iterable[Metric]) -> list[Metric]:
    """Return the metrics that a search finds, in the order of their names and dimensions.

    Raises:
        ValueError: the search is malformed, or has something that is not supported here.
    """
    schema = _SCHEMA.match(expression)
    if schema is None:
        message = f"a search begins with {{Namespace,Dimension}}: {expression}"
        raise ValueError(message)
    namespace, *names = schema[1].split(",")
    terms = _terms(expression[schema.end() :])
    found = [
        metric
        for metric in metrics
        if metric.namespace == namespace
        and {name for name, _ in metric.dimensions} == set(names)
        and all(_value(metric, name) in values for name, values in terms.items())
    ]
    return sorted(found, key=lambda each: (each.name, sorted(each.dimensions)))


def _terms(text: str) -> dict[str, set[str]]:
    found, at = {}, 0
    while text[at:].strip():
        term = _TERM.match(text, at)
        if term is None:
            message = f"this part of a search is malformed, or not supported offline: {text[at:]}"
            raise ValueError(message)
        found[term[1]] = {term[2]} if term[2] is not None else set(_VALUE.findall(term[3]))
        at = term.end()
    return found


def _value(metric: Metric, name: str) -> str:
    return metric.name if name == "MetricName" else dict(metric.dimensions).get(name, "")
