"""A backfill of a few images, which calls everything that its state machine may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.executions import follow
from ops.cli import main
from tests.support.inventories import write_inventory
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

FOLDER = "uploads/permissions/backfill/"
KEY = f"{FOLDER}photo.jpg"


def backfill(aws: OfflineAws) -> None:
    """Process a picture that has no record yet, and again as if the policy had changed since."""
    aws.place(KEY, "version-of-photo", gradient_file(), "image/jpeg")
    bucket = aws.deployment.parameters["InventoryBucket"]
    inventory = write_inventory(aws.client("s3"), bucket, [KEY])
    for source in (
        ("--prefix", FOLDER),
        ("--prefix", FOLDER, "--status", "approved"),
        ("--inventory", inventory),
    ):
        _change_policy(aws)
        assert main(["backfill", "start", *source]) == 0
        machine = aws.deployment.ref("BackfillStateMachine")
        listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)
        execution = follow(aws, listed["executions"][0]["executionArn"])
        assert execution.status == "SUCCEEDED", execution.explanation


def _change_policy(aws: OfflineAws) -> None:
    """Put another policy into the fingerprint of the picture, if it has a record."""
    client, table = aws.client("dynamodb"), aws.deployment.ref("ImagesTable")
    for item in client.scan(TableName=table)["Items"]:
        if item.get("key") == {"S": KEY}:
            client.update_item(
                TableName=table,
                Key={"image_id": item["image_id"]},
                UpdateExpression="SET fingerprint.#policy = :another",
                ExpressionAttributeNames={"#policy": "policy"},
                ExpressionAttributeValues={":another": {"S": "another"}},
            )
