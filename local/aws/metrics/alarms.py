"""When alarms go off: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html.

Decisions only: what is evaluated and what follows is in `local.aws.metrics.monitoring`.
"""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
_STATE = re.compile(r'\b(ALARM|OK|INSUFFICIENT_DATA)\(\s*"?([^")]+)"?\s*\)')


@dataclass(frozen=True)
class Rule:
    """Of so many periods, how many have to breach the threshold.

    `missing` says what a period without data is: notBreaching, breaching, ignore or missing.
    """

    periods: int
    breaching: int
    threshold: float
    comparison: str
    missing: str

    def state(self, points: Sequence[float | None], before: str) -> str:
        """Decide on the state.

        Args:
            points: of the periods, None without data.
            before: the state until now.
        """
        if self.missing == "ignore" and None in points:
            return before
        known = [each for each in points if each is not None]
        if not known and self.missing == "missing":
            return INSUFFICIENT
        compare = _COMPARISONS[self.comparison]
        count = sum(compare(each, self.threshold) for each in known)
        if self.missing == "breaching":
            count += len(points) - len(known)
        return ALARM if count >= self.breaching else OK


def composite_state(rule: str, states: Mapping[str, str]) -> str:
    """Decide on the state of an alarm on other alarms.

    Args:
        rule: such as `ALARM("one") AND NOT OK("other")`.
        states: of the other alarms, by name.

    Raises:
        ValueError: the rule is malformed, or names an alarm that does not exist.
    """

    def decided(found: re.Match[str]) -> str:
        if found[2] not in states:
            message = f"there is no alarm {found[2]}"
            raise ValueError(message)
        return str(states[found[2]] == found[1])

    text = _STATE.sub(decided, rule)
    for word in ("AND", "OR", "NOT"):
        text = re.sub(rf"\b{word}\b", word.lower(), text)
    return ALARM if _holds(ast.parse(text.strip(), mode="eval").body) else OK


def _holds(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=bool() as value):
            return value
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(map(_holds, parts))
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(map(_holds, parts))
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _holds(part)
    message = f"an alarm rule cannot have {ast.unparse(node)}"
    raise ValueError(message)
