"""`python -m ops adopt`: prepares the import of the data that a deleted stack has left.

CloudFormation imports resources into a new stack only if its template holds nothing else. So a
template of the buckets and the table alone is imported, and the deployment of the whole template is
an update of that stack.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.errors import UsageError
from local.uploads import reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ops.aws import Aws

_BUCKETS = ("UploadsBucket", "RenditionsBucket")
_TABLE = "ImagesTable"
_TYPES = dict.fromkeys(_BUCKETS, ("AWS::S3::Bucket", "BucketName")) | {
    _TABLE: ("AWS::DynamoDB::Table", "TableName")
}
_OPTIONS = {
    "UploadsBucket": "--uploads-bucket",
    "RenditionsBucket": "--renditions-bucket",
    "ImagesTable": "--table",
}
_INDEX = ("IndexName", "KeySchema", "Projection")
_CHANGE_SET = "adopt"


@dataclass(frozen=True)
class Import:
    """The template to import with, and which resource of it is which existing one."""

    template: dict[str, Any]
    resources: list[dict[str, Any]]


def adopt(
    aws: Aws, stack: str, given: Mapping[str, str], folder: Path, say: Callable[[str], None]
) -> int:
    """Write what CloudFormation needs to import the data of a deleted stack, and say what to do.

    Args:
        aws: the caller's account.
        stack: the name of the deleted stack and of the new one.
        given: the names of resources by logical id; others are those that the stack has left.
        folder: where to write.
        say: called with each line to print.

    Returns:
        0, because everything that may go wrong is an error.

    Raises:
        UsageError: there is a stack of that name, or a resource is not known.
    """
    cloudformation = aws.client("cloudformation")
    _refuse_existing(cloudformation, stack)
    names = dict(given) if given.keys() >= _TYPES.keys() else left_behind(cloudformation, stack)
    names |= given
    missing = [_OPTIONS[each] for each in _TYPES if each not in names]
    if missing:
        message = (
            f"no deleted stack {stack} is known to have left all its data: "
            f"name it with {', '.join(missing)}"
        )
        raise UsageError(message)
    s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
    for bucket in _BUCKETS:
        s3.head_bucket(Bucket=names[bucket])
    planned = plan(names, table_properties(dynamodb, names[_TABLE]))
    template = _write(folder / "template.json", planned.template)
    resources = _write(folder / "resources.json", planned.resources)
    for logical_id in _TYPES:
        say(f"{logical_id:16}  {names[logical_id]}")
    say(f"\n{_commands(stack, template, resources)}")
    return 0


def left_behind(cloudformation: Any, stack: str) -> dict[str, str]:
    """Return what a deleted stack has left: physical ids by logical id; empty if none is known.

    It is the newest one of that name that has left everything: a failed first deployment leaves an
    empty table.
    """
    deleted = [
        found
        for page in cloudformation.get_paginator("list_stacks").paginate(
            StackStatusFilter=["DELETE_COMPLETE"]
        )
        for found in page["StackSummaries"]
        if found["StackName"] == stack
    ]
    for found in sorted(deleted, key=lambda found: found["CreationTime"], reverse=True):
        left = _skipped(cloudformation, found["StackId"])
        if left.keys() == _TYPES.keys():
            return left
    return {}


def _skipped(cloudformation: Any, stack_id: str) -> dict[str, str]:
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return {
        found["LogicalResourceId"]: found["PhysicalResourceId"]
        for page in pages
        for found in page["StackResourceSummaries"]
        if found["LogicalResourceId"] in _TYPES and found["ResourceStatus"] == "DELETE_SKIPPED"
    }


def table_properties(dynamodb: Any, name: str) -> dict[str, Any]:
    """Describe a table as it is, in the terms of CloudFormation.

    Indexes and the time to live have to be among them: a deployment cannot create what is there.
    """
    table = dynamodb.describe_table(TableName=name)["Table"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    properties: dict[str, Any] = {
        "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "AttributeDefinitions": table["AttributeDefinitions"],
        "KeySchema": table["KeySchema"],
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": recovery.get("PointInTimeRecoveryStatus") == "ENABLED"
        },
    }
    if indexes := table.get("GlobalSecondaryIndexes"):
        properties["GlobalSecondaryIndexes"] = [
            {part: index[part] for part in _INDEX} for index in indexes
        ]
    if expiry.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        properties["TimeToLiveSpecification"] = {
            "AttributeName": expiry["AttributeName"],
            "Enabled": True,
        }
    return properties


def plan(names: Mapping[str, str], table: dict[str, Any]) -> Import:
    """Build the template and the list of resources.

    The buckets have no properties: the deployment sets all of them. No resource has its name in
    the template, because the whole template has none, and a change of names replaces resources.

    Args:
        names: physical ids by logical id.
        table: the properties of the table.
    """
    properties = {_TABLE: table}
    return Import(
        template={
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": "The data of an image pipeline, before the pipeline itself is deployed.",
            "Resources": {
                logical_id: {
                    "Type": kind,
                    "DeletionPolicy": "Retain",
                    "UpdateReplacePolicy": "Retain",
                    "Properties": properties.get(logical_id, {}),
                }
                for logical_id, (kind, _) in _TYPES.items()
            },
        },
        resources=[
            {
                "ResourceType": kind,
                "LogicalResourceId": logical_id,
                "ResourceIdentifier": {identifier: names[logical_id]},
            }
            for logical_id, (kind, identifier) in _TYPES.items()
        ],
    )


def _refuse_existing(cloudformation: Any, stack: str) -> None:
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        return
    message = (
        f"there is a stack {stack} in {found['StackStatus']}: "
        "delete it, or name another with --stack and the data with "
        f"{', '.join(_OPTIONS.values())}"
    )
    raise UsageError(message)


def _write(path: Path, content: Any) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"cannot write {path}: {reason(error)}"
        raise UsageError(message) from error
    return path


def _commands(stack: str, template: Path, resources: Path) -> str:
    """Return the commands that are left to run."""
    name, change_set = f"--stack-name {shlex.quote(stack)}", f"--change-set-name {_CHANGE_SET}"
    both, files = f"{name} {change_set}", (shlex.quote(f"file://{template}"), f"file://{resources}")
    return "\n".join(
        [
            "Nothing has changed yet. To import them, and then to deploy the rest:",
            "",
            f"aws cloudformation create-change-set {both} --change-set-type IMPORT \\",
            f"  --template-body {files[0]} --resources-to-import {shlex.quote(files[1])}",
            f"aws cloudformation wait change-set-create-complete {both}",
            f"aws cloudformation execute-change-set {both}",
            f"aws cloudformation wait stack-import-complete {name}",
            f"make deploy CONFIG_ENV=production  # to the stack {stack}, with the IdSalt of before",
        ]
    )
