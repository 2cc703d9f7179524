"""Conditions are evaluated as the IAM reference describes."""

from __future__ import annotations

from typing import Any

import pytest

from local.aws.environment import isolated

with isolated():
    from local.aws.policies import Statement

RESOURCE = "arn:aws:s3:::bucket/key"


def applies(conditions: dict[str, Any], context: dict[str, str]) -> bool:
    statement = {"Action": "s3:PutObject", "Resource": RESOURCE, "Condition": conditions}
    return Statement(statement).applies("s3:PutObject", RESOURCE, context)


@pytest.mark.parametrize(
    ("conditions", "context", "met"),
    [
        ({"StringEquals": {"k": "v"}}, {"k": "v"}, True),
        ({"StringEquals": {"k": ["u", "v"]}}, {"K": "v"}, True),
        ({"StringEquals": {"k": "v"}}, {}, False),
        ({"StringEqualsIfExists": {"k": "v"}}, {}, True),
        ({"StringEqualsIfExists": {"k": "v"}}, {"k": "u"}, False),
        ({"StringNotEquals": {"k": "v"}}, {}, True),
        ({"StringNotEquals": {"k": ["u", "v"]}}, {"k": "v"}, False),
        ({"StringNotEquals": {"k": ["u", "v"]}}, {"k": "w"}, True),
        ({"StringNotEqualsIfExists": {"k": "v"}}, {}, True),
        ({"StringLike": {"k": "a*c?"}}, {"k": "a\nbcd"}, True),
        ({"StringLike": {"k": "a*"}}, {"k": "ba"}, False),
        ({"ArnEquals": {"k": "arn:aws:*:x"}}, {"k": "arn:aws:s3:x"}, True),
        ({"Bool": {"k": "true"}}, {"k": "True"}, True),
        ({"Bool": {"k": True}}, {"k": "false"}, False),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"Null": {"k": False}}, {"k": ""}, True),
        ({"StringEquals": {"k": "v", "l": "w"}}, {"k": "v"}, False),
        ({"StringEquals": {"k": "v"}, "Null": {"l": "true"}}, {"k": "v"}, True),
    ],
)
def test_conditions(conditions: dict[str, Any], context: dict[str, str], met: bool) -> None:
    assert applies(conditions, context) is met


def test_an_unknown_operator_is_an_error() -> None:
    with pytest.raises(LookupError, match="DateGreaterThan"):
        applies({"DateGreaterThan": {"k": "2026-01-01"}}, {})
