"""Every role that the template can create, and everything it can grant, is on the page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.intrinsics import NO_VALUE
from tests.permissions import report
from tests.template.documents import as_list, with_conditions

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = report.PAGE.read_text(encoding="utf-8")
# What the page shows for parameters, and for resources whose ARNs do not hold their logical ids.
SHOWN = {
    "KmsKeyArn": "key/",
    "InventoryBucket": "inventory/",
    "ModerationAdapterArn": "project/",
    "CloudFrontPrivateKeySecret": "private-key",
    "RenditionsDistribution": "distribution/",
    "UserPool": "userpool/",
}


@pytest.fixture(scope="module")
def resources() -> dict[str, dict[str, Any]]:
    return with_conditions()


def test_every_role_is_on_the_page(resources: dict[str, dict[str, Any]]) -> None:
    headings = set(re.findall(r"^##+ (\w+)$", PAGE, re.MULTILINE))
    assert set(roles(resources)) == headings, "see tests/permissions/report.py"


def test_every_grant_of_a_role_is_on_the_page(resources: dict[str, dict[str, Any]]) -> None:
    """Also those that depend on a condition: a stack with it has to be among those recorded."""
    shown = report.rows(PAGE)
    missing = [
        (role, action, resource)
        for role in roles(resources)
        for action, resource in granted(resources, role)
        if not any(
            (role, action) == (name, allowed) and is_of(place, resource, {*resources, *SHOWN})
            for name, allowed, place in shown
        )
    ]
    assert missing == [], "see tests/permissions/report.py"


def roles(resources: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, each in resources.items() if each["Type"] == "AWS::IAM::Role"]


def is_of(shown: str, resource: Any, names: set[str]) -> bool:
    """Whether the page shows a resource of a policy: everything, or what it refers to."""
    if resource == "*":
        return shown == "`*`"
    named = [each for each in re.findall(r"\w+", json.dumps(resource)) if each in names]
    if not named:
        return shown.strip("`").rpartition("/")[2] in json.dumps(resource)
    return any(SHOWN.get(each, each).lower() in shown.lower() for each in named)


def granted(resources: dict[str, dict[str, Any]], role: str) -> Iterator[tuple[str, Any]]:
    """Yield each action and resource that a role grants under any condition."""
    attached = [
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::IAM::Policy" and {"Ref": role} in each["Properties"]["Roles"]
    ]
    own = resources[role]["Properties"].get("Policies", [])
    for policy in [*branches(own), *attached]:
        for statement in branches(policy["PolicyDocument"]["Statement"]):
            for action in as_list(statement["Action"]):
                for resource in branches(statement["Resource"]):
                    yield action, resource


def branches(value: Any) -> Iterator[Any]:
    """Yield the items of a list or the value itself, each in all its forms."""
    for each in as_list(value):
        if isinstance(each, dict) and "Fn::If" in each:
            for branch in each["Fn::If"][1:]:
                yield from branches(branch)
        elif each not in (NO_VALUE, {"Ref": "AWS::NoValue"}):
            yield each
