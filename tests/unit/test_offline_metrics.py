"""CloudWatch's metrics, metric math, searches and alarm rules, as the offline AWS computes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.aws.metrics.alarms import ALARM, INSUFFICIENT, OK, Rule, composite_state
from local.aws.metrics.expressions import MalformedExpressionError
from local.aws.metrics.queries import Query, Span, answers
from local.aws.metrics.recorded import Metric, Recorded
from local.aws.metrics.search import search

if TYPE_CHECKING:
    from collections.abc import Sequence

START = 1_800_000_000 // 3600 * 3600
STEP = {"service": "one", "function_name": "step"}


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorded(clock: Clock) -> Recorded:
    """Two metrics within a quarter of an hour: `a` in two periods, `b` in the last one."""
    found = Recorded(clock)
    for value in range(1, 101):
        found.add("Own", {"a": value}, STEP)
    clock.now += 600
    found.add("Own", {"a": 10, "b": 4}, STEP)
    found.add("Own", {"b": 1}, {**STEP, "function_name": "other"})
    return found


def metric(name: str, stat: str = "Sum") -> Query:
    return Query(name, metric=Metric.of("Own", name, STEP), stat=stat, period=300)


def values(recorded: Recorded, expression: str, *others: Query) -> list[float]:
    """Return the values of an expression over three periods of five minutes."""
    hidden = [each._replace(is_returned=False) for each in (metric("a"), metric("b"), *others)]
    queries = [Query("e", expression), *hidden]
    (answer,) = answers(recorded, queries, Span(START, START + 900))
    (found,) = answer.series
    return list(found.series.values())


@pytest.mark.parametrize(
    ("stat", "expected"),
    [
        ("Sum", [5050, 10]),
        ("SampleCount", [100, 1]),
        ("Average", [50.5, 10]),
        ("Minimum", [1, 10]),
        ("Maximum", [100, 10]),
        ("p50", [50, 10]),
        ("p99", [99, 10]),
        ("p100", [100, 10]),
    ],
)
def test_a_statistic_is_computed_for_each_period_with_data(
    recorded: Recorded, stat: str, expected: Sequence[float]
) -> None:
    (answer,) = answers(recorded, [metric("a", stat)], Span(START, START + 900))
    (found,) = answer.series
    assert found.series == dict(zip((START, START + 600), expected, strict=True))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a + b", [14]),  # where both have data
        ("a + FILL(b, 0)", [5050, 14]),
        ("FILL(a, 0) + FILL(b, 1)", [5051, 1, 14]),
        ("SUM([a, b])", [5050, 14]),
        ("SUM(METRICS())", [5050, 14]),
        ("MAX([FILL(a, 0), FILL(b, 7)])", [5050, 7, 10]),
        ("IF(a > 100, 1, 0)", [1, 0]),
        ("IF(a > 100, b, a)", [10]),
        ("a / PERIOD(a)", [5050 / 300, 10 / 300]),
        ("-a / (b - 4)", []),  # no data where it divides by zero
        ("2 * 3 - 1", [5, 5, 5]),
        ("SUM(SEARCH('{Own,function_name,service} MetricName=\"b\"', 'Sum', 300))", [5]),
    ],
)
def test_metric_math(recorded: Recorded, expression: str, expected: Sequence[float]) -> None:
    assert values(recorded, expression) == pytest.approx(expected)


def test_an_expression_may_refer_to_another(recorded: Recorded) -> None:
    assert values(recorded, "2 * late", Query("late", "FILL(b, 0)")) == [0, 0, 8]


@pytest.mark.parametrize(
    "expression",
    ["a +", "unknown", "RATE(a)", "a if b else a", "__import__('os')", "a.real", "e"],
)
def test_an_expression_that_is_not_supported_is_refused(
    recorded: Recorded, expression: str
) -> None:
    with pytest.raises(MalformedExpressionError):
        values(recorded, expression)


def test_a_search_returns_a_series_for_each_metric_with_its_label(recorded: Recorded) -> None:
    expression = "SEARCH('{Own,service,function_name} MetricName=(\"a\" OR \"b\")', 'Sum', 300)"
    query = Query("found", expression, label="${PROP('Dim.function_name')}!")
    (answer,) = answers(recorded, [query], Span(START, START + 900))
    assert [(each.label, list(each.series.values())) for each in answer.series] == [
        ("step!", [5050, 10]),
        ("other!", [1]),
        ("step!", [4]),
    ]


def test_a_search_finds_only_metrics_with_the_same_dimensions(recorded: Recorded) -> None:
    assert search('{Own,service} MetricName="a"', recorded.metrics()) == []
    found = search('{Own,service,function_name} function_name="other"', recorded.metrics())
    assert [each.name for each in found] == ["b"]
    with pytest.raises(ValueError, match="not supported"):
        search("{Own,service,function_name} word", recorded.metrics())


@pytest.mark.parametrize(
    ("missing", "points", "expected"),
    [
        ("notBreaching", (1, None, None), ALARM),
        ("notBreaching", (0, None, None), OK),
        ("notBreaching", (None, None, None), OK),
        ("breaching", (0, None, 0), ALARM),
        ("breaching", (0, 0, 0), OK),
        ("missing", (None, None, None), INSUFFICIENT),
        ("missing", (None, 1, None), ALARM),
        ("ignore", (None, 1, 1), "before"),
    ],
)
def test_a_period_without_data_counts_as_the_alarm_says(
    missing: str, points: Sequence[float | None], expected: str
) -> None:
    rule = Rule(3, 1, 1, "GreaterThanOrEqualToThreshold", missing)
    assert rule.state(points, "before") == expected


@pytest.mark.parametrize(("points", "expected"), [((2, 0, 2), ALARM), ((2, 0, 1), OK)])
def test_so_many_periods_have_to_breach(points: Sequence[float], expected: str) -> None:
    assert Rule(3, 2, 1, "GreaterThanThreshold", "notBreaching").state(points, OK) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('ALARM("on") AND ALARM("off")', OK),
        ('ALARM("on") AND NOT ALARM("off")', ALARM),
        ("ALARM(on) OR ALARM(off)", ALARM),
        ('(OK("off") AND INSUFFICIENT_DATA("new")) AND OK("on")', OK),
    ],
)
def test_an_alarm_on_other_alarms(rule: str, expected: str) -> None:
    states = {"on": ALARM, "off": OK, "new": INSUFFICIENT}
    assert composite_state(rule, states) == expected


def test_a_rule_about_an_unknown_alarm_is_refused() -> None:
    with pytest.raises(ValueError, match="no alarm unknown"):
        composite_state('ALARM("unknown")', {})
