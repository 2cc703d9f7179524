"""The queries of GetMetricData and of alarms: metrics and expressions that refer to each other."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from local.aws.metrics.expressions import Labeled, MalformedExpressionError, Scope, evaluate, names
from local.aws.metrics.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.aws.metrics.expressions import Value
    from local.aws.metrics.recorded import Metric, Recorded

_USUAL_PERIOD = 300
_PROPERTY = re.compile(r"\$\{PROP\('Dim\.(\w+)'\)\}")


class Query(NamedTuple):
    """A metric with its statistic, or an expression; `period` in seconds, 0 if it has none."""

    id: str
    expression: str = ""
    metric: Metric | None = None
    stat: str = ""
    period: int = 0
    label: str = ""
    is_returned: bool = True


class Answer(NamedTuple):
    """What a query results in: one series, or several of a search."""

    query: Query
    series: list[Labeled]


class Span(NamedTuple):
    """From when to when, in seconds since 1970; periods begin at the start of it."""

    start: int
    end: int


def answers(recorded: Recorded, queries: Sequence[Query], span: Span) -> list[Answer]:
    """Answer the queries that are returned.

    Raises:
        MalformedExpressionError: an expression is malformed, or refers to itself.
    """
    return _Reading(recorded, queries, span).answers()


class _Reading:
    def __init__(self, recorded: Recorded, queries: Sequence[Query], span: Span) -> None:
        self._recorded = recorded
        self._queries = {each.id: each for each in queries}
        self._span = span
        self._values: dict[str, Value] = {}
        self._begun: set[str] = set()
        periods = [each.period for each in queries if each.period]
        self._period = max(periods, default=_USUAL_PERIOD)

    def answers(self) -> list[Answer]:
        return [
            Answer(query, self._series(query, self._value(query)))
            for query in self._queries.values()
            if query.is_returned
        ]

    def _value(self, query: Query) -> Value:
        if query.id in self._values:
            return self._values[query.id]
        if query.id in self._begun:
            message = f"the expression {query.id} refers to itself"
            raise MalformedExpressionError(message)
        self._begun.add(query.id)
        found: Value
        if query.metric is not None:
            found = self._read(query.metric, query.stat, query.period)
        else:
            found = evaluate(query.expression, self._scope(query))
        self._values[query.id] = found
        return found

    def _scope(self, query: Query) -> Scope:
        metrics = [each for each in self._queries.values() if each.metric is not None]
        referred = [self._queries[each] for each in names(query.expression)
                    if each in self._queries]  # fmt: skip
        values = {each.id: self._value(each) for each in (*metrics, *referred)}
        times = range(*self._span, query.period or self._period)
        return Scope(
            values=values,
            periods={each.id: each.period or self._period for each in self._queries.values()},
            metrics=tuple(each.id for each in metrics),
            times=tuple(times),
            search=self._found,
        )

    def _read(self, metric: Metric, stat: str, period: int) -> dict[int, float]:
        return self._recorded.series(metric, *self._span, period, stat)

    def _found(self, terms: str, stat: str, period: int) -> list[Labeled]:
        read = partial(self._read, stat=stat, period=period)
        return [
            Labeled(_label(metric), read(metric), metric)
            for metric in search(terms, self._recorded.metrics())
        ]

    def _series(self, query: Query, value: Value) -> list[Labeled]:
        if isinstance(value, list):
            return [each._replace(label=_named(query.label, each)) for each in value if each.series]
        if not isinstance(value, dict):
            value = dict.fromkeys(range(*self._span, query.period or self._period), value)
        return [Labeled(query.label or query.id, value)]


def _named(label: str, found: Labeled) -> str:
    """Return the label of a series that was found: `${PROP('Dim.name')}` is one of its dimensions.

    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
    """
    if not label or found.metric is None:
        return found.label
    dimensions = dict(found.metric.dimensions)
    return _PROPERTY.sub(lambda wanted: dimensions.get(wanted[1], ""), label)


def _label(metric: Metric) -> str:
    return " ".join([*(value for _, value in sorted(metric.dimensions)), metric.name])
