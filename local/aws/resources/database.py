"""DynamoDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws.resources.registry import Made, call, makes, refuse_changes, updates
from local.errors import TemplateError

if TYPE_CHECKING:
    from local.aws.deployment import Resource
    from local.aws.resources.registry import New

_INDEXES = "GlobalSecondaryIndexes"


@makes("AWS::DynamoDB::Table")
def table(new: New) -> Made:
    """Create a table with its expiry, its backups and its stream."""
    name = new.take("TableName", new.name)
    recovery = new.take("PointInTimeRecoverySpecification", None)
    expiry = new.take("TimeToLiveSpecification", None)
    encryption = new.take("SSESpecification", None)
    if encryption:
        encryption["Enabled"] = encryption.pop("SSEEnabled")
    stream = new.take("StreamSpecification", None)
    if stream:
        stream["StreamEnabled"] = True
    made = call(
        "dynamodb",
        "create_table",
        TableName=name,
        SSESpecification=encryption,
        StreamSpecification=stream,
        **new.rest(),
    )["TableDescription"]
    if recovery:
        call(
            "dynamodb",
            "update_continuous_backups",
            TableName=name,
            PointInTimeRecoverySpecification=recovery,
        )
    if expiry:
        call("dynamodb", "update_time_to_live", TableName=name, TimeToLiveSpecification=expiry)
    return Made(name, {"Arn": made["TableArn"], "StreamArn": made.get("LatestStreamArn", "")})


@updates("AWS::DynamoDB::Table")
def updated_table(new: New, existing: Resource) -> Made:
    """Change the stream and the indexes of a table.

    Raises:
        TemplateError: more than one index is made or deleted, which CloudFormation refuses, too, or
            anything else is changed.
    """
    name, attributes = existing.ref, dict(existing.attributes)
    stream, definitions = new.take("StreamSpecification", None), new.take("AttributeDefinitions")
    changes = _changes(existing.properties.get(_INDEXES, []), new.take(_INDEXES, []))
    if len(changes) > 1:
        message = f"{new.logical_id}: an update may make or delete one index, not {len(changes)}"
        raise TemplateError(message)
    refuse_changes(new, existing)
    if changes:
        call(
            "dynamodb",
            "update_table",
            TableName=name,
            AttributeDefinitions=definitions,
            GlobalSecondaryIndexUpdates=changes,
        )
    if stream != existing.properties.get("StreamSpecification"):
        specification = {"StreamEnabled": stream is not None, **(stream or {})}
        table = call("dynamodb", "update_table", TableName=name, StreamSpecification=specification)[
            "TableDescription"
        ]
        attributes["StreamArn"] = table.get("LatestStreamArn", "")
    return Made(name, attributes)


def _changes(before: list[Any], after: list[Any]) -> list[dict[str, Any]]:
    """Return what turns the indexes of a table into others; a changed one is made anew."""
    made = [{"Create": each} for each in after if each not in before]
    gone = [{"Delete": {"IndexName": each["IndexName"]}} for each in before if each not in after]
    return [*gone, *made]
