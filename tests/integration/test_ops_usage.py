"""`python -m ops` with a wrong command line, stack or account: one line, and no stack trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.environment import isolated

with isolated():
    from ops.aws import Aws
    from ops.cli import main

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

ROOT = Path(__file__).parents[2]


def ops(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Call the command line as a person whose AWS configuration holds only this does."""
    return subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["redrive"], {}, "no AWS region is set"),
        (["redrive", "--region", "eu-west-1"], {}, "there are no AWS credentials"),
        (["redrive", "--profile", "nobody"], {}, "nobody"),
        (
            ["redrive", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"],
            {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"},
            "AWS does not answer",
        ),
        (["redrive", "--stack", "no such stack"], {}, "cannot be the name of a stack"),
        ([], {}, "are required: adopt"),
    ],
    ids=["no region", "no credentials", "no profile", "no answer", "no name", "no command"],
)
def test_what_is_missing_is_told_in_one_line(
    arguments: list[str], environment: dict[str, str], told: str
) -> None:
    done = ops(*arguments, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].startswith("python -m ops")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stack", "elsewhere"], "there is no stack elsewhere in us-east-1: name another"),
        (
            ["--queue-url", "https://sqs.us-east-1.amazonaws.com/123456789012/gone"],
            "ReceiveMessage failed: AWS.SimpleQueueService.NonExistentQueue",
        ),
    ],
)
def test_a_stack_or_queue_that_is_not_there_is_told_in_one_line(
    aws: OfflineAws, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(["redrive", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize(
    ("arguments", "operation", "printed"),
    [
        (["redrive"], "DescribeStacks", []),
        (["rerun", "--status", "failed"], "Query", ["records read: 0"]),
        (["smoke"], "CreateQueue", ["cleaning up …", "removed: "]),
    ],
)
def test_a_missing_permission_is_told_in_one_line(
    aws: OfflineAws,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    operation: str,
    printed: list[str],
) -> None:
    genuine = Aws.client

    def client(account: Aws, service: str) -> Any:
        made = genuine(account, service)

        def refuse(model: Any, **_: Any) -> None:
            if model.name == operation:
                answer: Any = {"Error": {"Code": "AccessDenied", "Message": "You may not."}}
                raise ClientError(answer, operation)

        made.meta.events.register("before-call", refuse)
        return made

    monkeypatch.setattr(Aws, "client", client)
    assert main(arguments) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert f"these credentials may not call {operation} (You may not): use others" in line
    for each in printed:
        assert each in output.out


def test_the_stack_is_described_as_cloudformation_does(aws: OfflineAws) -> None:
    client = aws.client("cloudformation")
    (stack,) = client.describe_stacks(StackName="image-pipeline")["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs == {**aws.deployment.outputs, "ApiUrl": aws.api_url}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert parameters["ModerationProvider"] == "REKOGNITION"
    resources = client.describe_stack_resources(StackName="image-pipeline")["StackResources"]
    assert {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources} == {
        name: found.ref for name, found in aws.deployment.resources.items()
    }
