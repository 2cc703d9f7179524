"""Evaluates statements of IAM and bucket policies, with their conditions.

moto's evaluator supports only StringEquals, treats a condition on an absent key as met, and denies
when the condition of a `Deny` is not met. The rules here are those of
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import IAMPolicyStatement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Statement(IAMPolicyStatement):
    """One statement of a policy; the caller checks the principal."""

    def applies(self, action: str, resource: str, context: Mapping[str, str]) -> bool:
        """Whether it applies to an action on a resource, in the context of a request.

        Raises:
            LookupError: a condition has an unsupported operator.
        """
        return bool(
            self._check_element_matches("Action", action)
            and self._check_element_matches("Resource", resource)
            and _met(self._statement.get("Condition", {}), context)
        )

    @staticmethod
    def _match(pattern: str, string: str) -> re.Match[str] | None:
        return _like(pattern, string)


def denies(
    document: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]
) -> str:
    """Find the statement of a bucket policy that denies a request: its Sid, or ""."""
    for statement in document["Statement"]:
        if statement["Effect"] == "Deny" and Statement(statement).applies(
            action, resource, context
        ):
            return str(statement["Sid"])
    return ""


def allows(
    document: Mapping[str, Any],
    principal: Mapping[str, str],
    action: str,
    resource: str,
    context: Mapping[str, str],
) -> bool:
    """Whether a bucket policy allows a request of a principal, such as `{"Service": …}`."""
    return any(
        statement["Effect"] == "Allow"
        and statement["Principal"] == principal
        and Statement(statement).applies(action, resource, context)
        for statement in document["Statement"]
    )


def _met(conditions: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    given = {name.lower(): value for name, value in context.items()}
    return all(
        _holds(operator, wanted, given.get(name.lower()))
        for operator, tests in conditions.items()
        for name, wanted in tests.items()
    )


def _holds(operator: str, wanted: Any, value: str | None) -> bool:
    """Evaluate one test; several values are alternatives."""
    texts = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    if operator == "Null":
        return texts[0].lower() == str(value is None).lower()
    name = operator.removesuffix("IfExists")
    compare = _COMPARISONS.get(name.replace("Not", ""))
    if compare is None:
        message = f"the condition operator {operator} is not known here"
        raise LookupError(message)
    if value is None:
        return name != operator or "Not" in name
    return any(compare(text, value) for text in texts) != ("Not" in name)


def _like(pattern: str, text: str) -> re.Match[str] | None:
    return _compiled(pattern).fullmatch(text)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile an IAM pattern, in which `*` and `?` also match line breaks."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.compile("".join(parts), re.DOTALL)


_COMPARISONS: dict[str, Callable[[str, str], object]] = {
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "StringEquals": lambda wanted, value: wanted == value,
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
}
