"""Metric math: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html.

The syntax is that of Python's expressions, so Python parses it; nothing is evaluated by Python.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from local.aws.metrics.recorded import Metric, Series

if TYPE_CHECKING:
    from collections.abc import Callable

Value = float | Series | list["Labeled"]
_ARITHMETIC: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


class Labeled(NamedTuple):
    """One of several series; `metric` is what a search has found."""

    label: str
    series: Series
    metric: Metric | None = None


class MalformedExpressionError(ValueError):
    """An expression is malformed, or has something that is not supported here."""


@dataclass(frozen=True)
class Scope:
    """What an expression may refer to.

    Args:
        values: of queries, by their ids.
        periods: of queries in seconds, by their ids.
        metrics: the ids of the queries that are metrics, in their order.
        times: the starts of all periods.
        search: returns the series that a search finds, from its expression, statistic and period.
    """

    values: dict[str, Value]
    periods: dict[str, int]
    metrics: tuple[str, ...]
    times: tuple[int, ...]
    search: Callable[[str, str, int], list[Labeled]]


def names(expression: str) -> set[str]:
    """Return the ids that an expression refers to.

    Raises:
        MalformedExpressionError: it is none.
    """
    tree = _parsed(expression)
    functions = {each.func for each in ast.walk(tree) if isinstance(each, ast.Call)}
    return {
        each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and each not in functions
    }


def evaluate(expression: str, scope: Scope) -> Value:
    """Evaluate an expression.

    Raises:
        MalformedExpressionError: it is malformed, or has something that is not supported here.
    """
    return _Evaluation(scope).value(_parsed(expression))


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError as error:
        message = f"this expression is malformed: {expression}"
        raise MalformedExpressionError(message) from error


class _Evaluation:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in self._scope.values:
                return self._scope.values[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _combined(operator.sub, 0.0, self.value(operand))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
                return _combined(_ARITHMETIC[type(sign)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return _combined(_ARITHMETIC[type(sign)], self.value(left), self.value(right))
            case ast.List(elts=parts):
                return [each for part in parts for each in _several(self.value(part), self._times)]
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, arguments)
        message = f"not supported offline: {ast.unparse(node)}"
        raise MalformedExpressionError(message)

    @property
    def _times(self) -> tuple[int, ...]:
        return self._scope.times

    def _call(self, name: str, arguments: list[ast.expr]) -> Value:
        match name, arguments:
            case "METRICS", []:
                return [
                    Labeled(each, cast("Series", self._scope.values[each]))
                    for each in self._scope.metrics
                ]
            case "PERIOD", [ast.Name(id=metric)] if metric in self._scope.periods:
                return float(self._scope.periods[metric])
            case "FILL", [what, otherwise]:
                return self._filled(self.value(what), self.value(otherwise))
            case "IF", [condition, then, otherwise]:
                return self._chosen(*map(self.value, (condition, then, otherwise)))
            case "SEARCH", [ast.Constant(value=str(terms)), ast.Constant(value=str(stat)), *period]:
                seconds = ast.literal_eval(period[0]) if period else 300
                return list(self._scope.search(terms, stat, seconds))
            case _, [what] if name in _AGGREGATES:
                return self._aggregated(_AGGREGATES[name], self.value(what))
        message = f"the function {name} with these arguments is not supported offline"
        raise MalformedExpressionError(message)

    def _filled(self, value: Value, otherwise: Value) -> Value:
        if isinstance(value, list):
            return [
                each._replace(series=cast("Series", self._filled(each.series, otherwise)))
                for each in value
            ]
        if not isinstance(value, dict):
            return value
        return {at: value.get(at, _at(otherwise, at, 0.0)) for at in self._times}

    def _chosen(self, condition: Value, then: Value, otherwise: Value) -> Value:
        if not isinstance(condition, dict):
            return then if condition else otherwise
        chosen = {at: _at(then if met else otherwise, at) for at, met in condition.items()}
        return {at: value for at, value in chosen.items() if value is not None}

    def _aggregated(self, aggregate: Callable[[list[float]], float], value: Value) -> Value:
        """Aggregate several series at each time, or one over all times."""
        if not isinstance(value, list):
            values = list(value.values()) if isinstance(value, dict) else [value]
            return aggregate(values) if values else 0.0
        found: dict[int, list[float]] = {}
        for each in value:
            for at, number in each.series.items():
                found.setdefault(at, []).append(number)
        return {at: aggregate(numbers) for at, numbers in sorted(found.items())}


def _several(value: Value, times: tuple[int, ...]) -> list[Labeled]:
    if isinstance(value, list):
        return value
    return [Labeled("", value if isinstance(value, dict) else dict.fromkeys(times, value))]


def _at(value: Value, at: int, otherwise: float | None = None) -> Any:
    return value.get(at, otherwise) if isinstance(value, dict) else value


def _combined(combine: Callable[[float, float], float], one: Value, other: Value) -> Value:
    """Combine two values; of two series, where both have one."""
    if isinstance(one, list):
        return [
            each._replace(series=cast("Series", _combined(combine, each.series, other)))
            for each in one
        ]
    if isinstance(other, list):
        return [
            each._replace(series=cast("Series", _combined(combine, one, each.series)))
            for each in other
        ]
    if not isinstance(one, dict) and not isinstance(other, dict):
        return _number(combine, one, other) or 0.0
    times = list(one if isinstance(one, dict) else cast("Series", other))
    if isinstance(other, dict):
        times = [at for at in times if at in other]
    found = {at: _number(combine, _at(one, at), _at(other, at)) for at in times}
    return {at: value for at, value in found.items() if value is not None}


def _number(combine: Callable[[float, float], float], one: float, other: float) -> float | None:
    """Return no value for a division by zero."""
    try:
        return float(combine(one, other))
    except ZeroDivisionError:
        return None
