"""template.yaml as CloudFormation sees it: checked, and translated by SAM's own translator."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from local.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The scheme under which the translator passes a local folder on: it accepts s3:// alone.
_SOURCE = "s3://source/"


class TemplateError(UsageError):
    """The template, or a parameter given for it, cannot be deployed; the message says why."""


@dataclass(frozen=True)
class Template:
    """A translated template: plain CloudFormation, with the parameters decided.

    `Code` and `Content` of functions and layers hold `{"S3Key": folder}`, relative to `root`.
    """

    root: Path
    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, dict[str, Any]]
    outputs: Mapping[str, dict[str, Any]]


def translate(path: Path, overrides: Mapping[str, str]) -> Template:
    """Read a SAM template.

    Args:
        path: of the template; the files that it names are relative to its folder.
        overrides: parameters that shall not have their defaults.

    Raises:
        TemplateError: a parameter is unknown, missing or not allowed, or SAM refuses the template.
    """
    document = yaml_parse(path.read_text(encoding="utf-8"))
    parameters = _decide(document.get("Parameters", {}), overrides)
    _inline(document, path.parent)
    try:
        translated = transform(document, dict(parameters), _NoManagedPolicies())
    except InvalidDocumentException as refused:
        reasons = "; ".join(cause.message for cause in refused.causes)
        message = f"{path.name}: {reasons or refused.message}"
        raise TemplateError(message) from refused
    # To nobody; without it the translator warns at exit of metrics that nobody published.
    MetricsMethodWrapperSingleton.get_instance().publish()
    return Template(
        root=path.parent,
        parameters=parameters,
        conditions=translated.get("Conditions", {}),
        resources=translated["Resources"],
        outputs=translated.get("Outputs", {}),
    )


class _NoManagedPolicies:
    """SAM asks for AWS's managed policies by name; the template uses none."""

    def load(self) -> dict[str, str]:
        return {}


def _inline(document: dict[str, Any], root: Path) -> None:
    """Put the state machines' definitions into the template, and the folders into URIs."""
    _as_source(document.get("Globals", {}).get("Function", {}), "CodeUri")
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        _as_source(properties, "CodeUri")
        _as_source(properties, "ContentUri")
        if isinstance(properties.get("DefinitionUri"), str):
            definition = root / properties.pop("DefinitionUri")
            properties["Definition"] = json.loads(definition.read_text(encoding="utf-8"))


def _as_source(properties: dict[str, Any], name: str) -> None:
    if isinstance(properties.get(name), str):
        properties[name] = _SOURCE + properties[name].strip("/")


def _decide(declared: Mapping[str, Any], overrides: Mapping[str, str]) -> dict[str, Any]:
    unknown = sorted(set(overrides) - set(declared))
    if unknown:
        message = f"the template has no parameter {', '.join(unknown)}"
        raise TemplateError(message)
    return {name: _value(name, rules, overrides) for name, rules in declared.items()}


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
        return float(text) if "." in text else int(text)
    return entries if "List" in rules["Type"] else text


def _check(name: str, text: str, rules: Mapping[str, Any]) -> None:
    try:
        number = float(text) if rules["Type"] == "Number" else 0.0
    except ValueError as malformed:
        message = f"parameter {name}: {text!r} is not a number"
        raise TemplateError(message) from malformed
    allowed = (
        text in [str(value) for value in rules.get("AllowedValues", [text])]
        and re.fullmatch(rules.get("AllowedPattern", ".*"), text, re.DOTALL) is not None
        and (rules["Type"] != "Number" or _in_range(number, rules))
    )
    if not allowed:
        message = f"parameter {name}: {text!r} is not allowed by the template"
        raise TemplateError(message)


def _in_range(number: float, rules: Mapping[str, Any]) -> bool:
    return float(rules.get("MinValue", "-inf")) <= number <= float(rules.get("MaxValue", "inf"))
