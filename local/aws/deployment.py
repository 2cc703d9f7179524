"""The deployed stack: its resources, their names and attributes, and its functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LATEST = "$LATEST"  # the version that is not published


@dataclass(frozen=True)
class Resource:
    """A resource: its properties as deployed, and the results of `Ref` and `Fn::GetAtt`."""

    type: str
    ref: str
    attributes: Mapping[str, Any]
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """The facts needed to run one version of a function; `timeout` in seconds, `memory` in MB.

    `root` is the folder of the template, with which everything was deployed at once.
    """

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: int
    memory: int
    environment: Mapping[str, str]
    root: Path
    code: Path
    layers: tuple[Path, ...]
    version: str = LATEST
    log_group: str = ""

    @property
    def qualified(self) -> str:
        """Its name and version, as `qualified_name` writes them."""
        return qualified_name(self.name, self.version)


def qualified_name(name: str, version: str) -> str:
    """Write a function and its version as Lambda does; the unpublished version is just the name."""
    return name if version == LATEST else f"{name}:{version}"


@dataclass(frozen=True)
class Deployment:
    """A deployed stack; resources and functions are found by logical id."""

    stack: str
    parameters: Mapping[str, Any]
    outputs: Mapping[str, str]
    resources: Mapping[str, Resource]
    functions: Mapping[str, Function]

    def ref(self, logical_id: str) -> str:
        """The result of `Ref` for a resource: its name, for most types."""
        return self.resources[logical_id].ref

    def arn(self, logical_id: str) -> str:
        """The ARN of a resource."""
        return str(self.resources[logical_id].attributes["Arn"])

    def alias_arn(self, logical_id: str) -> str:
        """The ARN of the alias of a function, which is what everything but tests invokes."""
        (arn,) = (
            found.ref
            for found in self.resources.values()
            if found.type == "AWS::Lambda::Alias"
            and found.properties["FunctionName"] == self.ref(logical_id)
        )
        return arn

    def bucket_policies(self) -> dict[str, Any]:
        """The policy document of each bucket that has one, by the name of the bucket."""
        return {
            found.properties["Bucket"]: found.properties["PolicyDocument"]
            for found in self.resources.values()
            if found.type == "AWS::S3::BucketPolicy"
        }

    def buckets_with_acls(self) -> frozenset[str]:
        """The names of the buckets that accept ACLs; S3's default is that a bucket does not."""
        return frozenset(
            found.ref
            for found in self.resources.values()
            if found.type == "AWS::S3::Bucket"
            for rule in found.properties.get("OwnershipControls", {}).get("Rules", [])
            if rule["ObjectOwnership"] != "BucketOwnerEnforced"
        )
