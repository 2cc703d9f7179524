"""Which function makes which type of resource, and what it gets and gives.

moto's own CloudFormation passes over a resource type that it does not know and drops properties
of those that it knows, both in silence. Here every type has a function that calls the public API,
and a type or a property for which there is none is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from local.aws.environment import REGION
from local.aws.intrinsics import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from botocore.model import Shape

    Maker = Callable[["New"], "Made"]

MAKERS: dict[str, Maker] = {}
_MISSING: Any = object()


@dataclass
class New:
    """A resource about to be made: `name` is what it shall be called unless it says otherwise."""

    logical_id: str
    type: str
    name: str
    properties: dict[str, Any]

    def take(self, name: str, default: Any = _MISSING) -> Any:
        """A property; with that, it counts as applied."""
        if default is _MISSING:
            return self.properties.pop(name)
        return self.properties.pop(name, default)

    def rest(self) -> dict[str, Any]:
        """Every property that is left; with that, they count as applied."""
        properties, self.properties = self.properties, {}
        return properties

    def pass_over(self, names: Iterable[str]) -> None:
        """Properties that have no effect in the offline AWS; template tests look at them."""
        for name in names:
            self.properties.pop(name, None)


@dataclass(frozen=True)
class Made:
    """A resource that was made: what `Ref` and `Fn::GetAtt` give for it."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


def makes(resource_type: str) -> Callable[[Maker], Maker]:
    """Register the function that makes resources of a type."""

    def register(maker: Maker) -> Maker:
        MAKERS[resource_type] = maker
        return maker

    return register


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Call an AWS API with values as loosely typed as CloudFormation allows: "5" for 5, 5 for "5".

    Args:
        service: the client's name, such as `s3`.
        operation: the client's method, such as `create_bucket`.
        parameters: its arguments; those that are None are left out.
    """
    client = _client(service)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    given = {name: value for name, value in parameters.items() if value is not None}
    answer: dict[str, Any] = getattr(client, operation)(**_typed(given, model.input_shape))
    return answer


@cache
def _client(service: str) -> Any:
    # Making a client takes longer than all the calls of a deployment to it.
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def _typed(value: Any, shape: Shape | None) -> Any:
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        members = shape.members  # type: ignore[attr-defined]
        return {name: _typed(each, members.get(name)) for name, each in value.items()}
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: _typed(each, shape.value) for name, each in value.items()}  # type: ignore[attr-defined]
    if shape.type_name == "list" and isinstance(value, list):
        return [_typed(each, shape.member) for each in value]  # type: ignore[attr-defined]
    if shape.type_name == "string" and isinstance(value, int | float):
        return as_text(value)
    if shape.type_name in {"integer", "long"} and isinstance(value, str):
        return int(value)
    if shape.type_name in {"float", "double"} and isinstance(value, str):
        return float(value)
    if shape.type_name == "boolean" and isinstance(value, str):
        return value == "true"
    return value
