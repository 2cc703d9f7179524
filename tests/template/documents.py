"""template.yaml and the state machine, as written and as CloudFormation receives them.

Run as a module, it prints the translated template for the linters.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.intrinsics import NO_VALUE, Intrinsics
from local.aws.parameters import decide
from local.aws.template import Template, translate
from local.manifest import ROOT, functions, layers
from local.manifest import state_machine as definition
from local.manifest import template as written

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FUNCTIONS",
    "LAYERS",
    "ROOT",
    "as_list",
    "definition",
    "given_to_sam",
    "of_type",
    "outputs",
    "properties",
    "resources",
    "with_conditions",
    "written",
]

FUNCTIONS = tuple(functions())
LAYERS = tuple(layers())


# With them the template creates every function, so that tests need not ask which exist.
_WITH_EVERY_FUNCTION = {"WebhookUrl": "https://hooks.example/", "WorkflowType": "EXPRESS"}
_CALLERS = {"ApiAuth", "JwtIssuer", "JwtAudience"}
_WITH_CONSOLE = {"Console": "true", "ApiAuth": "JWT"}


@cache
def resources(**parameters: str) -> dict[str, dict[str, Any]]:
    """Return the resources that the template creates with these parameters, by logical id.

    `Ref` and `GetAtt` of a resource read `ImagesTable` and `ImagesTable.Arn`. A parameter that is
    not given has its default, but for those without which a function is not created. With a
    parameter that says who may call the API, there is a console only if `Console` is given too.
    """
    template = _translated(**{**_WITH_EVERY_FUNCTION, **_console(parameters), **parameters})
    intrinsics = _intrinsics(template.conditions, template.parameters)
    return {
        name: intrinsics.resolve(resource)
        for name, resource in template.resources.items()
        if "Condition" not in resource or intrinsics.holds(resource["Condition"])
    }


def given_to_sam(**parameters: str) -> dict[str, Any]:
    """Return what the template gives SAM's transform for the same resources, and the globals.

    A hundredth of the transform's time, for tests that compare many sets of parameters.
    """
    document = written()
    given = decide(document, {**_WITH_EVERY_FUNCTION, **_console(parameters), **parameters})
    intrinsics = _intrinsics(document["Conditions"], given, document["Mappings"])
    return {
        name: intrinsics.resolve(resource)
        for name, resource in {**document["Resources"], "Globals": document["Globals"]}.items()
        if "Condition" not in resource or intrinsics.holds(resource["Condition"])
    }


def outputs(**parameters: str) -> dict[str, Any]:
    """Return the values of the outputs, with references as in `resources`."""
    template = _translated(**parameters)
    intrinsics = _intrinsics(template.conditions, template.parameters)
    return {
        name: intrinsics.resolve(found["Value"])
        for name, found in template.outputs.items()
        if "Condition" not in found or intrinsics.holds(found["Condition"])
    }


# Parts of an ARN are read by their positions.
_PSEUDO = {"AWS::NoValue": NO_VALUE, "AWS::StackId": "arn/stack/AWS::StackId"}


def _console(parameters: Mapping[str, str]) -> dict[str, str]:
    return {} if _CALLERS & parameters.keys() else _WITH_CONSOLE


def _intrinsics(
    conditions: Mapping[str, Any],
    parameters: Mapping[str, Any],
    mappings: Mapping[str, Any] | None = None,
) -> Intrinsics:
    known = {**_PSEUDO, **parameters}

    def ref(name: str) -> Any:
        return known.get(name, name)

    return Intrinsics(conditions, ref, lambda name, value: f"{name}.{value}", mappings)


def properties(logical_id: str, **parameters: str) -> dict[str, Any]:
    """Return the properties of a resource."""
    found: dict[str, Any] = resources(**parameters)[logical_id]["Properties"]
    return found


def of_type(kind: str, **parameters: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by logical id."""
    return {
        name: resource["Properties"]
        for name, resource in resources(**parameters).items()
        if resource["Type"] == kind
    }


def with_conditions() -> dict[str, dict[str, Any]]:
    """Return all resources that the template can create, with what is left to CloudFormation."""
    return {**_translated(values=False).resources}


def as_list(value: Any) -> list[Any]:
    """Return a list of what a policy may write as one value or as a list."""
    return value if isinstance(value, list) else [value]


@cache
def _translated(*, values: bool = True, **parameters: str) -> Template:
    with pytest.MonkeyPatch.context() as patch:  # the translator looks up its partition
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        return translate(ROOT / "template.yaml", parameters, values=values)


def _for_linters() -> dict[str, Any]:
    template = _translated(values=False)
    translated = {
        "Conditions": template.conditions,
        "Resources": {name: _in_one_string(each) for name, each in template.resources.items()},
        "Outputs": template.outputs,
    }
    text = json.dumps(translated, default=dict)
    # SAM applies some parameters itself, so nothing refers to them any more.
    left = {
        name: rules
        for name, rules in written()["Parameters"].items()
        if f'{{"Ref": "{name}"}}' in text or f"${{{name}}}" in text
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Parameters": left, **translated}


def _in_one_string(resource: dict[str, Any]) -> dict[str, Any]:
    """Join the lines of a state machine's definition, as cfn-lint reads it.

    It recurses for each line of a `Fn::Join`, and knows ARNs of the partition `aws` alone.
    """
    match resource:
        case {"Properties": {"DefinitionString": {"Fn::Join": [newline, lines]}} as given}:
            text = newline.join(lines).replace("${Partition}", "aws")
            values = {**given["DefinitionSubstitutions"]}
            del values["Partition"]
            changed = {"DefinitionString": text, "DefinitionSubstitutions": values}
            return {**resource, "Properties": {**given, **changed}}
    return resource


if __name__ == "__main__":
    json.dump(_for_linters(), sys.stdout, default=dict, indent=1)
