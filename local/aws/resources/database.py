"""DynamoDB tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.resources.registry import Made, call, makes

if TYPE_CHECKING:
    from local.aws.resources.registry import New


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
