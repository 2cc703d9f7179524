"""`python -m ops adopt` writes what CloudFormation needs to import the data of a deleted stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cfnlint import ManualArgs
from cfnlint.api import lint

from local.aws.environment import isolated

with isolated():
    from ops.adopt import left_behind
    from ops.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.aws.offline import OfflineAws

# A deployment can add or change everything else, but these it would create for a second time.
FIXED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "TimeToLiveSpecification")
DATA = ("UploadsBucket", "RenditionsBucket", "ImagesTable")


@pytest.fixture
def written(
    aws: OfflineAws, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[[], tuple[dict[str, Any], list[dict[str, Any]], str]]:
    """Function that runs the command, and returns the template, the resources and the output."""

    def run() -> tuple[dict[str, Any], list[dict[str, Any]], str]:
        options = ("--uploads-bucket", "--renditions-bucket", "--table")
        names = [
            word
            for option, logical_id in zip(options, DATA, strict=True)
            for word in (option, aws.deployment.ref(logical_id))
        ]
        assert main(["adopt", "--stack", "back", "--out", str(tmp_path / "a b"), *names]) == 0
        folder = tmp_path / "a b"
        template, resources = (
            json.loads((folder / name).read_text()) for name in ("template.json", "resources.json")
        )
        return template, resources, capsys.readouterr().out

    return run


def test_the_template_describes_the_table_as_it_is(aws: OfflineAws, written: Any) -> None:
    template, _, _ = written()
    table = template["Resources"]["ImagesTable"]["Properties"]
    deployed = aws.deployment.resources["ImagesTable"].properties

    def comparable(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: comparable(each) for name, each in value.items()}
        if isinstance(value, list):  # DynamoDB returns lists in any order
            return sorted((comparable(each) for each in value), key=json.dumps)
        return value

    for name in FIXED:
        assert comparable(table.get(name)) == comparable(deployed.get(name)), name
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_template_holds_nothing_but_the_data_retained_and_without_names(written: Any) -> None:
    """CloudFormation creates nothing while it imports, and replaces a resource of another name."""
    template, resources, _ = written()
    assert set(template) == {"AWSTemplateFormatVersion", "Description", "Resources"}
    assert set(template["Resources"]) == set(DATA)
    for resource in template["Resources"].values():
        assert resource["DeletionPolicy"] == "Retain"
        assert not resource["Properties"].keys() & {"BucketName", "TableName"}
    assert {each["LogicalResourceId"] for each in resources} == set(DATA)
    assert lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"])) == []


def test_the_commands_import_the_resources_that_were_named(aws: OfflineAws, written: Any) -> None:
    _, resources, told = written()
    for each in resources:
        (name,) = each["ResourceIdentifier"].values()
        assert name == aws.deployment.ref(each["LogicalResourceId"])
        assert name in told
    assert "--change-set-type IMPORT" in told
    assert "a b/template.json' --resources-to-import 'file://" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--stack", "image-pipeline"], "there is a stack image-pipeline in CREATE_COMPLETE"),
        (["--stack", "never-there"], "name it with --uploads-bucket, --renditions-bucket, --table"),
        (
            [
                *("--stack", "back", "--uploads-bucket", "gone"),
                *("--renditions-bucket", "gone", "--table", "gone"),
            ],
            "HeadBucket failed",
        ),
    ],
)
def test_what_cannot_be_imported_is_told_in_one_line(
    aws: OfflineAws,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    told: str,
) -> None:
    assert main(["adopt", "--out", str(tmp_path / "out"), *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not (tmp_path / "out").exists()


class Deleted:
    """CloudFormation with deleted stacks: the resources that each has left."""

    def __init__(self, *stacks: tuple[str, int, dict[str, str]]) -> None:
        self._stacks = stacks
        self._operation = ""

    def get_paginator(self, operation: str) -> Deleted:
        self._operation = operation
        return self

    def paginate(self, **given: Any) -> list[dict[str, Any]]:
        if self._operation == "list_stacks":
            assert given == {"StackStatusFilter": ["DELETE_COMPLETE"]}
            created = [datetime(2026, 1, day, tzinfo=UTC) for _, day, _ in self._stacks]
            summaries = [
                {"StackName": name, "StackId": str(number), "CreationTime": created[number]}
                for number, (name, _, _) in enumerate(self._stacks)
            ]
            return [{"StackSummaries": [each]} for each in summaries]
        _, _, left = self._stacks[int(given["StackName"])]
        return [
            {
                "StackResourceSummaries": [
                    {
                        "LogicalResourceId": name,
                        "PhysicalResourceId": left.get(name, ""),
                        "ResourceStatus": "DELETE_SKIPPED" if name in left else "DELETE_COMPLETE",
                    }
                ]
            }
            for name in (*DATA, "OutcomesTopic")
        ]


def test_the_newest_deleted_stack_that_has_left_everything_is_found() -> None:
    def everything(run: str) -> dict[str, str]:
        return {name: f"{name}-{run}" for name in DATA}

    cloudformation = Deleted(
        ("mine", 1, everything("first")),
        ("mine", 3, everything("third")),
        ("mine", 2, everything("second")),
        ("mine", 4, {"ImagesTable": "of a failed first deployment"}),
        ("another", 5, everything("another")),
    )
    assert left_behind(cloudformation, "mine") == everything("third")
    assert left_behind(cloudformation, "never there") == {}
