"""The registry of functions that create resources, and what they take and return.

moto's own CloudFormation silently ignores unknown resource types and many properties. Here every
type has a function that calls the public API, and an unsupported type or property is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from local.aws.clients import client_of
from local.aws.intrinsics import as_text
from local.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from botocore.model import Shape

    from local.aws.deployment import Resource

    Maker = Callable[["New"], "Made"]
    Updater = Callable[["New", Resource], "Made"]
    Remover = Callable[[Resource], None]

F = TypeVar("F")

MAKERS: dict[str, Maker] = {}
_UPDATERS: dict[str, Updater] = {}
_REMOVERS: dict[str, Remover] = {}
_MISSING: Any = object()


@dataclass
class New:
    """A resource to be created; `name` is its physical name, unless a property gives one.

    What a replacement leaves is deleted, unless it `retains` it.
    """

    logical_id: str
    type: str
    name: str
    properties: dict[str, Any]
    retains: bool = False

    def take(self, name: str, default: Any = _MISSING) -> Any:
        """Take a property, which then counts as applied."""
        if default is _MISSING:
            return self.properties.pop(name)
        return self.properties.pop(name, default)

    def rest(self) -> dict[str, Any]:
        """Take all remaining properties, which then count as applied."""
        properties, self.properties = self.properties, {}
        return properties

    def pass_over(self, names: Iterable[str]) -> None:
        """Ignore properties that have no effect offline; template tests check them."""
        for name in names:
            self.properties.pop(name, None)


@dataclass(frozen=True)
class Made:
    """A created resource: the results of `Ref` and `Fn::GetAtt`."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


def _registering(functions: dict[str, F], resource_type: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        functions[resource_type] = function
        return function

    return register


def makes(resource_type: str) -> Callable[[Maker], Maker]:
    """Register the function that creates resources of a type."""
    return _registering(MAKERS, resource_type)


def updates(resource_type: str) -> Callable[[Updater], Updater]:
    """Register the function that updates resources of a type.

    It is given the new properties and the resource as it is deployed.
    """
    return _registering(_UPDATERS, resource_type)


def update(new: New, existing: Resource) -> Made:
    """Update a resource.

    Raises:
        TemplateError: resources of this type cannot be updated offline.
    """
    if new.type != existing.type or new.type not in _UPDATERS:
        message = f"the offline AWS cannot update {new.logical_id} ({new.type})"
        raise TemplateError(message)
    return _UPDATERS[new.type](new, existing)


def removes(resource_type: str) -> Callable[[Remover], Remover]:
    """Register the function that deletes, or retains, what an update leaves out of a type."""
    return _registering(_REMOVERS, resource_type)


def remove(logical_id: str, existing: Resource) -> None:
    """Delete a resource, or retain it if that is the policy of its type.

    Raises:
        TemplateError: resources of this type cannot be removed offline.
    """
    if existing.type not in _REMOVERS:
        message = f"the offline AWS cannot remove {logical_id} ({existing.type})"
        raise TemplateError(message)
    _REMOVERS[existing.type](existing)


def refuse_changes(new: New, existing: Resource) -> None:
    """Take the properties that are left, none of which an update of this type may change.

    Raises:
        TemplateError: one is another than before.
    """
    given = new.rest()
    changed = [name for name, value in given.items() if existing.properties.get(name) != value]
    if changed:
        message = f"the offline AWS cannot change {', '.join(changed)} of {new.logical_id}"
        raise TemplateError(message)


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """Call an AWS API; values may be loosely typed as in CloudFormation, "5" for 5.

    Args:
        service: the client's name, such as `s3`.
        operation: the client's method, such as `create_bucket`.
        parameters: its arguments; those that are None are left out.
    """
    client = client_of(service)
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
    given = {name: value for name, value in parameters.items() if value is not None}
    answer: dict[str, Any] = getattr(client, operation)(**_typed(given, model.input_shape))
    return answer


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
