"""The functions of the pipeline, read from template.yaml and the state machine.

Everything that needs a list of functions, packages, layers or steps takes it from here: tests,
sample events, benchmarks, build checks and documentation.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.parameters import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
_MACHINE = "ImagePipelineStateMachine"
_ALIAS = re.compile(r"\$\{(\w+)\.Arn\}:live")


@dataclass(frozen=True)
class Function:
    """A function of the template.

    Args:
        logical_id: in the template.
        handler: as Lambda resolves it.
        layers: logical ids of those that it always has, in the order of the template.
        optional_layers: logical ids of those that it has under a condition.
        variables: names of its own environment variables.
        states: states that invoke it, in the order of the state machine; none for a function that
            only the API or a schedule invokes.
    """

    logical_id: str
    handler: str
    layers: tuple[str, ...]
    optional_layers: tuple[str, ...]
    variables: tuple[str, ...]
    states: tuple[str, ...]

    @property
    def package(self) -> str:
        """Name of the folder in functions/ that holds its code."""
        return self.handler.partition(".")[0]

    @property
    def events(self) -> tuple[Path, ...]:
        """Its sample events."""
        named = [*(ROOT / "events").glob(f"{self.package}.json")]
        return (*named, *sorted((ROOT / "events").glob(f"{self.package}_*.json")))


@cache
def template() -> Any:
    """Return template.yaml; short intrinsics such as !Ref are in their long form."""
    return document_of((ROOT / "template.yaml").read_text(encoding="utf-8"))


@cache
def state_machine() -> Any:
    """Return the definition of the state machine, with its substitutions still in place."""
    path = ROOT / template()["Resources"][_MACHINE]["Properties"]["DefinitionUri"]
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def functions() -> dict[str, Function]:
    """Return every function by its logical id, in the order of the template."""
    states = dict(_invocations(state_machine()))
    return {
        name: Function(
            logical_id=name,
            handler=properties["Handler"],
            layers=tuple(layer["Ref"] for layer in properties["Layers"] if "Ref" in layer),
            optional_layers=tuple(
                layer["Fn::If"][1]["Ref"] for layer in properties["Layers"] if "Fn::If" in layer
            ),
            variables=tuple(properties["Environment"]["Variables"]),
            states=tuple(state for state, invoked in states.items() if invoked == name),
        )
        for name, properties in _of_type("AWS::Serverless::Function").items()
    }


def runtime() -> str:
    """Return the minor version of Python on which the functions run."""
    return str(template()["Globals"]["Function"]["Runtime"]).removeprefix("python")


def layers() -> dict[str, Path]:
    """Return the folder of every layer by its logical id, in the order of the template."""
    found = _of_type("AWS::Serverless::LayerVersion")
    return {name: ROOT / properties["ContentUri"] for name, properties in found.items()}


def steps() -> list[Function]:
    """Return the functions that the state machine invokes, in the order of the template."""
    return [function for function in functions().values() if function.states]


def with_layer(layer: str) -> list[Function]:
    """Return the functions that have a layer, in the order of the template."""
    return [function for function in functions().values() if layer in function.layers]


def without_layer(layer: str) -> list[Function]:
    """Return the functions that do not have a layer, in the order of the template."""
    return [function for function in functions().values() if layer not in function.layers]


def of_package(package: str) -> Function:
    """Return the function whose code is in a folder of functions/."""
    (found,) = [each for each in functions().values() if each.package == package]
    return found


def images_table() -> dict[str, Any]:
    """Return the definition of the table of images as CreateTable takes it, without a name."""
    return table("ImagesTable")


def table(logical_id: str) -> dict[str, Any]:
    """Return the definition of a table as CreateTable takes it, without a name."""
    properties = template()["Resources"][logical_id]["Properties"]
    of_the_table = ("BillingMode", "KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes")
    return {name: properties[name] for name in of_the_table if name in properties}


def _of_type(kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == kind
    }


def _invocations(machine: Any) -> Iterator[tuple[str, str]]:
    """Yield each state that invokes a function, with the function's logical id."""
    given = template()["Resources"][_MACHINE]["Properties"]["DefinitionSubstitutions"]
    for name, state in machine["States"].items():
        for branch in state.get("Branches", []):
            yield from _invocations(branch)
        if "FunctionName" in state.get("Parameters", {}):
            variable = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("}")
            alias = _ALIAS.fullmatch(given[variable]["Fn::Sub"])
            assert alias, given[variable]
            yield name, alias[1]
