"""Every mutant of template.yaml."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import yaml

from tests.mutants.document_operators import (
    Edit,
    Node,
    booleans,
    document_mutants,
    nodes,
    numbers,
    replaced,
    swapped,
)
from tests.mutants.mutant import TEMPLATE, Mutant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mutants.document_operators import Edits

# What is for people, or decided by SAM itself.
_UNMUTATED = frozenset(
    {
        "AWSTemplateFormatVersion",
        "AWS::CloudFormation::Interface",
        "AlarmDescription",
        "BuildMethod",
        "Comment",
        "ConstraintDescription",
        "Description",
        "LicenseInfo",
        "Sid",
        "Transform",
        "Type",
    }
)
_ENUMS = [
    ["Sum", "Average", "Maximum", "Minimum", "SampleCount"],
    [
        "GreaterThanThreshold",
        "LessThanThreshold",
        "GreaterThanOrEqualToThreshold",
        "LessThanOrEqualToThreshold",
    ],
    ["notBreaching", "breaching", "missing", "ignore"],
    ["Allow", "Deny"],
    ["Enabled", "Suspended"],
    ["Retain", "Delete"],
    ["STANDARD", "EXPRESS"],
    ["ERROR", "OFF", "ALL"],
    ["PAY_PER_REQUEST", "PROVISIONED"],
    ["ENABLED", "DISABLED"],
    ["Active", "PassThrough"],
    ["AES256", "aws:kms"],
]
_REFERENCES = re.compile(r"\$\{([A-Za-z]+)")


def template_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Find every place of the template that an operator can change."""
    kinds = _kinds(text)
    edits: list[Edits] = [
        numbers,
        booleans,
        partial(swapped, groups=_ENUMS),
        _texts,
        partial(_references, kinds=kinds),
        partial(_conditions, names=[name for name, kind in kinds.items() if kind == "Condition"]),
    ]
    yield from document_mutants(TEMPLATE, path, text, _UNMUTATED, edits)


def _kinds(text: str) -> dict[str, str]:
    """Return the type of every parameter, condition and resource, by name."""
    kinds = {}
    for node in nodes(text):
        match node.keys:
            case ("Parameters", name, "Type"):
                kinds[name] = f"Parameter {node.text}"
            case ("Resources", name, "Type"):
                kinds[name] = node.text
            case ("Conditions", name):
                kinds[name] = "Condition"
    return kinds


def _texts(node: Node) -> Iterator[Edit]:
    """Append a letter to a text, such as an action, a name of a metric or a pattern."""
    grouped = any(node.text in group for group in _ENUMS)
    if _is_text(node) and not grouped and "\n" not in node.text:
        yield replaced(node, "text", node.text + "X")


def _is_text(node: Node) -> bool:
    return node.value.tag in ("tag:yaml.org,2002:str", "!Sub") and node.text != ""


def _references(node: Node, kinds: dict[str, str]) -> Iterator[Edit]:
    """Refer to another resource or parameter of the same type."""
    if not isinstance(node.value, yaml.ScalarNode):
        return
    if node.value.tag in ("!Ref", "!GetAtt"):
        name, dot, attribute = node.text.partition(".")
        for other in _others(name, kinds):
            yield replaced(node, "reference", other + dot + attribute)
    elif node.value.tag == "!Sub":
        for found in _REFERENCES.finditer(node.text):
            for other in _others(found[1], kinds):
                changed = node.text[: found.start(1)] + other + node.text[found.end(1) :]
                yield replaced(node, "reference", changed)


def _others(name: str, kinds: dict[str, str]) -> list[str]:
    """Return the next of the same type, if there is another one."""
    same = [other for other, kind in kinds.items() if kind == kinds.get(name)]
    return [same[(same.index(name) + 1) % len(same)]] if len(same) > 1 else []


def _conditions(node: Node, names: list[str]) -> Iterator[Edit]:
    """Use another condition."""
    is_name = node.key == "Condition" or node.keys[-2:] == ("Fn::If", "[]")
    if is_name or node.value.tag == "!Condition":
        yield from swapped(node, [names], "condition")
