"""A backfill of a few images, which calls everything that its state machine may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.executions import follow
from ops.cli import main
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

FOLDER = "uploads/permissions/backfill/"


def backfill(aws: OfflineAws) -> None:
    """Process a picture that has no record yet, then look at what the table has."""
    aws.place(f"{FOLDER}photo.jpg", "version-of-photo", gradient_file(), "image/jpeg")
    for source in (("--prefix", FOLDER), ("--prefix", FOLDER, "--status", "approved")):
        assert main(["backfill", "start", *source]) == 0
        machine = aws.deployment.ref("BackfillStateMachine")
        listed = aws.client("stepfunctions").list_executions(stateMachineArn=machine)
        execution = follow(aws, listed["executions"][0]["executionArn"])
        assert execution.status == "SUCCEEDED", execution.explanation
