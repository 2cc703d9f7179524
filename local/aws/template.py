"""template.yaml as CloudFormation sees it: checked, and translated by SAM's own translator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from samtranslator.metrics.method_decorator import MetricsMethodWrapperSingleton
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.arn_generator import ArnGenerator
from samtranslator.translator.transform import transform

from local.aws.parameters import decide, document_of
from local.aws.sources import source_uri
from local.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Template:
    """A translated template: plain CloudFormation, with a value for each parameter.

    `Code` of functions and `Content` of layers hold `{"S3Key": key}` for `sources.source_folder`,
    which is relative to `root`.
    """

    root: Path
    parameters: Mapping[str, Any]
    conditions: Mapping[str, Any]
    resources: Mapping[str, dict[str, Any]]
    outputs: Mapping[str, dict[str, Any]]


def translate(path: Path, overrides: Mapping[str, str], *, values: bool = True) -> Template:
    """Read a SAM template.

    Args:
        path: of the template; the files that it names are relative to its folder.
        overrides: parameter values that replace the defaults.
        values: write parameters' values in place of references to them before SAM's transform, as
            AWS::LanguageExtensions does. SAM publishes new versions of functions for new values
            only then (github.com/aws/serverless-application-model/issues/3820).

    Raises:
        TemplateError: a parameter is unknown, missing or not allowed, a rule refuses it, or SAM
            refuses the template.
    """
    document = document_of(path.read_text(encoding="utf-8"))
    parameters = decide(document, overrides)
    _inline(document, path.parent)
    if values:
        document["Resources"] = _with_values(document["Resources"], parameters)
    try:
        translated = json.loads(
            _transformed(
                json.dumps(document), json.dumps(parameters), ArnGenerator.get_partition_name()
            )
        )
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes)
        message = f"{path.name}: {reasons or error.message}"
        raise TemplateError(message) from error
    return Template(
        root=path.parent,
        parameters=parameters,
        conditions=translated.get("Conditions", {}),
        resources=translated["Resources"],
        outputs=translated.get("Outputs", {}),
    )


@lru_cache(maxsize=32)
def _transformed(document: str, parameters: str, _partition: str) -> str:
    """Apply SAM's transform to JSON. It takes a third of a deployment, and is often the same."""
    found = transform(json.loads(document), json.loads(parameters), _NoManagedPolicies())
    # Sends nothing; without it, the translator warns at exit about unpublished metrics.
    MetricsMethodWrapperSingleton.get_instance().publish()
    return json.dumps(found)


def _with_values(value: Any, parameters: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_values(item, parameters) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(value.get("Ref"), str) and value["Ref"] in parameters:
        return parameters[value["Ref"]]
    return {name: _with_values(field, parameters) for name, field in value.items()}


class _NoManagedPolicies:
    """AWS's managed policies, which SAM looks up by name; the template uses none."""

    def load(self) -> dict[str, str]:
        return {}


def _inline(document: dict[str, Any], root: Path) -> None:
    """Inline the state machines' definitions, and turn local folders into URIs."""
    shared = document.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            code, handler = properties.get("CodeUri", shared), properties["Handler"]
            properties["CodeUri"] = source_uri(root, code, handler.partition(".")[0])
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            properties["ContentUri"] = source_uri(root, properties["ContentUri"])
        if isinstance(properties.get("DefinitionUri"), str):
            definition = root / properties.pop("DefinitionUri")
            properties["Definition"] = json.loads(definition.read_text(encoding="utf-8"))
