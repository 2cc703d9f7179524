"""The parameters of a template: declared in it, overridden on a command line, checked here.

Imports nothing slow, so a command line with a wrong parameter is refused before moto and SAM's
translator are loaded.
"""

from __future__ import annotations

import copy
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml

from local.aws.environment import REGION
from local.aws.intrinsics import Intrinsics
from local.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


# Offline, a server on this machine needs no certificate: where https is demanded, its http will do.
_ON_THIS_MACHINE = re.compile(r"^http(?=://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?([/?]|$))")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Reads a template, and CloudFormation's tags, such as `!Ref`, as their long form."""


def _long_form(loader: Any, tag: str, node: Any) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode(value=value) if tag == "GetAtt":
            given: Any = value.split(".", 1)
        case yaml.ScalarNode():
            given = loader.construct_scalar(node)
        case yaml.SequenceNode():
            given = loader.construct_sequence(node, deep=True)
        case _:
            given = loader.construct_mapping(node, deep=True)
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": given}


_Loader.add_multi_constructor("!", _long_form)


def check_overrides(path: Path, overrides: Mapping[str, str]) -> None:
    """Check parameters before they are deployed.

    Args:
        path: of the template.
        overrides: parameter values that replace the defaults.

    Raises:
        TemplateError: a parameter is unknown, missing or not allowed, or a rule refuses it.
    """
    refuse_references(decide(_read(path), overrides))


def declared(path: Path) -> set[str]:
    """Return the names of the parameters of a template."""
    return set(_read(path).get("Parameters", {}))


def _read(path: Path) -> dict[str, Any]:
    return document_of(path.read_text(encoding="utf-8"))


def document_of(text: str) -> dict[str, Any]:
    """Read a template; short intrinsics such as `!Ref` are in their long form.

    Raises:
        TemplateError: the text is not YAML, or not a template.
    """
    try:
        document = copy.deepcopy(_parsed(text))
    except yaml.YAMLError as error:
        message = f"the template is not YAML: {' '.join(str(error).split())}"
        raise TemplateError(message) from error
    for section in ("Resources", "Parameters"):
        if not isinstance(document, dict) or not isinstance(document.get(section, {}), dict):
            message = f"the template has no {section} by their names"
            raise TemplateError(message)
    return document


@lru_cache(maxsize=32)
def _parsed(text: str) -> dict[str, Any]:
    """Parse a template, which takes seven times as long as copying the result."""
    document: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    return document


def refuse_references(parameters: Mapping[str, Any]) -> None:
    """Refuse dynamic references, which CloudFormation resolves and the offline AWS does not.

    Raises:
        TemplateError: the value of a parameter is one.
    """
    for name, value in parameters.items():
        if "{{resolve:" in str(value):
            message = f"parameter {name}: the offline AWS cannot resolve {value}"
            raise TemplateError(message + "; give the value itself")


def decide(document: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    """Give every declared parameter its value, and hold all of them to the template's rules.

    Raises:
        TemplateError: a parameter is unknown, missing or not allowed, or a rule refuses it.
    """
    declared = document.get("Parameters", {})
    unknown = sorted(set(overrides) - set(declared))
    if unknown:
        message = f"the template has no parameter {', '.join(unknown)}"
        raise TemplateError(message)
    values = {name: _value(name, rules, overrides) for name, rules in declared.items()}
    for name, rule in document.get("Rules", {}).items():
        _assert(name, rule, values)
    return values


def _assert(name: str, rule: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse values that a rule of the template does not allow together.

    docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    known = {"AWS::Region": REGION, **values}
    intrinsics = Intrinsics({}, known.__getitem__, lambda _resource, _attribute: None)
    if not intrinsics.resolve(rule.get("RuleCondition", True)):
        return
    for assertion in rule["Assertions"]:
        if not intrinsics.resolve(assertion["Assert"]):
            message = f"rule {name}: {assertion['AssertDescription']}"
            raise TemplateError(message)


def _value(name: str, rules: Mapping[str, Any], overrides: Mapping[str, str]) -> Any:
    given = overrides.get(name, rules.get("Default"))
    if given is None:
        message = f"parameter {name} has no default and was not given"
        raise TemplateError(message)
    text = str(given)
    entries = text.split(",") if "List" in rules["Type"] else [text]
    for entry in entries:
        _check(name, entry, rules)
    if rules["Type"] == "Number":
        return int(text) if re.fullmatch(r"-?\d+", text) else float(text)
    return entries if "List" in rules["Type"] else text


def _check(name: str, text: str, rules: Mapping[str, Any]) -> None:
    try:
        number = float(text) if rules["Type"] == "Number" else 0.0
    except ValueError as error:
        message = f"parameter {name}: {text!r} is not a number"
        raise TemplateError(message) from error
    values = [str(value) for value in rules.get("AllowedValues", [])]
    if values and text not in values:
        message = f"parameter {name}: {text!r} is not allowed; choose {', '.join(values)}"
        raise TemplateError(message)
    pattern = rules.get("AllowedPattern", ".*")
    matches = any(
        re.fullmatch(pattern, each, re.DOTALL)
        for each in (text, _ON_THIS_MACHINE.sub("https", text))
    )
    if not matches or (rules["Type"] == "Number" and not _in_range(number, rules)):
        hint = rules.get("ConstraintDescription", "")
        message = f"parameter {name}: {text!r} is not allowed by the template"
        raise TemplateError(f"{message}: {hint}" if hint else message)


def _in_range(number: float, rules: Mapping[str, Any]) -> bool:
    return float(rules.get("MinValue", "-inf")) <= number <= float(rules.get("MaxValue", "inf"))
