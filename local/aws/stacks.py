"""CloudFormation's description of the deployed stack: status, parameters, outputs, resources.

moto's CloudFormation deploys nothing here (`local.aws.deploy` does). It only answers
DescribeStacks, DescribeStackResource, DescribeStackResources, ListStackResources and GetTemplate.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto import backends

from local.aws.environment import ACCOUNT, REGION
from local.aws.moto_patches import replaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.deployment import Deployment


@dataclass(frozen=True)
class _Resource:
    """A resource, with the names under which moto reads it."""

    logical_resource_id: str
    physical_resource_id: str
    cf_resource_type: str


@dataclass(frozen=True)
class _Stack:
    """A stack, with the names under which moto reads it."""

    deployment: Callable[[], Deployment]
    original: Callable[[], str]
    addresses: Mapping[str, str]
    creation_time: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    status: str = "CREATE_COMPLETE"
    enable_termination_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.deployment().stack

    @property
    def stack_id(self) -> str:
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{self.name}/local"

    @property
    def template(self) -> str:
        return self.original()

    @property
    def parameters(self) -> list[dict[str, str]]:
        return [
            {"ParameterKey": name, "ParameterValue": _text(value)}
            for name, value in self.deployment().parameters.items()
        ]

    @property
    def outputs(self) -> list[dict[str, str]]:
        return [
            {"OutputKey": name, "OutputValue": self._reachable(value)}
            for name, value in self.deployment().outputs.items()
        ]

    @property
    def stack_resources(self) -> list[_Resource]:
        return [
            _Resource(name, found.ref, found.type)
            for name, found in self.deployment().resources.items()
        ]

    def _reachable(self, value: str) -> str:
        for address, here in self.addresses.items():
            value = value.replace(address, here)
        return value


@contextmanager
def described(
    deployment: Callable[[], Deployment], original: Callable[[], str], addresses: Mapping[str, str]
) -> Iterator[None]:
    """Context manager in which CloudFormation describes the stack.

    moto's CloudFormation is imported when it is first asked: it imports every service that it
    could deploy, which takes longer than all that the offline AWS needs.

    Args:
        deployment: called for the stack as it is now.
        original: called for its template, before the transforms.
        addresses: what to write in the outputs in the place of which address of AWS.
    """
    stack = _Stack(deployment, original, addresses)
    genuine: Any = backends.get_backend
    told: list[dict[str, Any]] = []

    def get_backend(service: str) -> Any:
        found = genuine(service)
        if service == "cloudformation" and not told:
            told.append(found[ACCOUNT][REGION].stacks)
            told[0][stack.stack_id] = stack
        return found

    try:
        with replaced(backends, "get_backend", get_backend):
            yield
    finally:
        for stacks in told:
            stacks.pop(stack.stack_id, None)


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
