"""What was deployed, for everybody who needs a name, an address or a function of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Resource:
    """A resource that exists: its properties as deployed, `ref` and `attributes` as given back."""

    type: str
    ref: str
    attributes: Mapping[str, Any]
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """What it takes to run a function: `timeout` in seconds, `memory` in MB."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    code: Path
    layers: tuple[Path, ...]


@dataclass(frozen=True)
class Deployment:
    """A deployed stack; resources and functions are found by logical id."""

    stack: str
    parameters: Mapping[str, Any]
    outputs: Mapping[str, str]
    resources: Mapping[str, Resource]
    functions: Mapping[str, Function]

    def ref(self, logical_id: str) -> str:
        """A resource's name, or whatever `Ref` gives for its type."""
        return self.resources[logical_id].ref

    def arn(self, logical_id: str) -> str:
        """A resource's ARN."""
        return str(self.resources[logical_id].attributes["Arn"])

    def bucket_policies(self) -> dict[str, Any]:
        """The policy document of each bucket that has one, by the name of the bucket."""
        return {
            found.properties["Bucket"]: found.properties["PolicyDocument"]
            for found in self.resources.values()
            if found.type == "AWS::S3::BucketPolicy"
        }
