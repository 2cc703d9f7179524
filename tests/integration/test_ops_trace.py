"""`python -m ops trace` against the offline AWS."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.aws.environment import isolated
from tests.integration.story import process
from tests.support.pictures import gradient_file

with isolated():
    from ops.aws import Aws
    from ops.cli import main
    from ops.trace.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws


@pytest.fixture
def told(
    aws: OfflineAws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Function that runs the command, and returns its exit code and what it printed."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["trace", *arguments])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Function that lets an operation of a service fail with an error."""
    genuine, failing = Aws.client, dict[str, str]()

    def client(aws: Aws, service: str) -> Any:
        found = genuine(aws, service)

        def fail(model: Any, **_: Any) -> None:
            code = failing.get(model.name)
            if code:
                error = {"Error": {"Code": code, "Message": "no"}}
                raise ClientError(error, model.name)  # type: ignore[arg-type]

        found.meta.events.register("before-call", fail)
        return found

    monkeypatch.setattr(Aws, "client", client)
    return failing.__setitem__


def test_a_life_is_told_from_record_buckets_execution_and_logs(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    image = process(aws, "uploads/trace/own.jpg", gradient_file()).image
    code, printed = told(image["image_id"], "--json")
    life = json.loads(printed)
    assert code == 0
    assert (life["key"], life["status"]) == ("uploads/trace/own.jpg", "approved")
    whats = [each["what"] for each in life["timeline"]]
    for part in ("uploaded (by uploader", "upload stored", "claimed", "ValidateImage"):
        assert any(part in what for what in whats), part
    # In the order in which it happened: the step logs its end after its state was entered.
    positions = [
        next(place for place, what in enumerate(whats) if part in what)
        for part in ("StoreResults", "approved (by", "store: finished (approved", "succeeded")
    ]
    assert positions == sorted(positions)
    assert life["missing"] == []
    assert life["state"] == "This picture is approved, and its renditions can be read."
    assert [each["at"] for each in life["timeline"]] != []


def test_a_refused_file_is_told_with_its_refusal_and_nothing_of_its_metadata(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    process(aws, "uploads/trace/refused.txt", b"no picture")
    code, printed = told("--key", "uploads/trace/refused.txt")
    assert code == 0
    assert "validate: refused (ValidationError, unsupported_format" in " ".join(printed.split())
    assert "This picture was rejected as a file (unsupported_format)." in printed
    assert printed.splitlines()[-1].endswith("RAW.")
    for secret in ("X-Amz-", "Signature=", "whsec_", "exif"):
        assert secret not in printed


def test_nothing_of_an_image_that_a_request_deleted_is_missing(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    image_id = process(aws, "uploads/trace/deleted.jpg", gradient_file()).image["image_id"]
    request = urllib.request.Request(f"{aws.api_url}/images/{image_id}", method="DELETE")
    with urllib.request.urlopen(request, timeout=60):
        pass
    code, printed = told(image_id)
    assert code == 0
    assert "This picture was deleted." in printed
    assert "Not shown" not in printed


def test_an_image_that_is_finished_while_it_is_traced_has_its_outcome(
    aws: OfflineAws, told: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id = process(aws, "uploads/trace/overtaken.jpg", gradient_file()).image["image_id"]
    genuine, earlier = Reader.record, ["processing"]

    def record(reader: Reader, image_id: str) -> dict[str, Any] | None:
        found = genuine(reader, image_id)
        return {**found, "status": earlier.pop()} if found and earlier else found

    monkeypatch.setattr(Reader, "record", record)
    code, printed = told(image_id)
    assert code == 0
    assert "This picture is approved, and its renditions can be read." in printed


def test_only_what_happened_since_a_time_is_told(
    aws: OfflineAws, planted: None, told: Callable[..., tuple[int, str]]
) -> None:
    code, printed = told("--key", "uploads/sample.txt", "--since", "2d")
    assert code == 0
    assert "2026-05-01" not in printed
    assert "finished (rejected" in printed


def test_lines_that_the_log_group_no_longer_keeps_are_named(
    aws: OfflineAws, planted: None, told: Callable[..., tuple[int, str]]
) -> None:
    code, printed = told("--key", "uploads/sample.txt")
    assert code == 0
    assert "the log group keeps them for 30 days (LogRetentionDays)" in " ".join(printed.split())


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["a" * 26], 2, "has no image aaaaaaaaaaaaaaaaaaaaaaaaaa: compare the id"),
        (["a" * 26, "--stack", "other"], 2, "there is no stack other"),
        (["--key", "uploads/never.jpg"], 1, "This picture has never been uploaded"),
    ],
)
def test_what_does_not_exist_is_said(
    told: Callable[..., tuple[int, str]], arguments: list[str], code: int, text: str
) -> None:
    found, printed = told(*arguments)
    assert found == code
    assert text in printed


def test_an_upload_without_a_record_is_found_in_the_bucket(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    aws.place("uploads/trace/dropped.jpg", "v1", b"bytes", "image/jpeg")
    code, printed = told("--key", "uploads/trace/dropped.jpg")
    assert code == 1
    assert "upload stored (version v1, the newest, 5 bytes)" in printed
    assert "python -m ops redrive --stack image-pipeline" in " ".join(printed.split())


@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListObjectVersions", "s3:ListBucketVersions"),
        ("DescribeExecution", "states:DescribeExecution"),
        ("GetExecutionHistory", "states:GetExecutionHistory"),
        ("DescribeLogGroups", "logs:DescribeLogGroups"),
        ("StartQuery", "logs:StartQuery"),
        ("GetQueryResults", "logs:GetQueryResults"),
    ],
)
def test_a_missing_permission_is_named_and_the_rest_is_told(
    aws: OfflineAws,
    planted: None,
    told: Callable[..., tuple[int, str]],
    refuse: Callable[[str, str], None],
    operation: str,
    action: str,
) -> None:
    refuse(operation, "AccessDeniedException")
    code, printed = told("--key", "uploads/sample.txt")
    assert code == 1
    assert f"these credentials lack {action}" in " ".join(printed.split())
    assert "This picture was rejected as a file" in printed


@pytest.mark.parametrize(
    ("operation", "action"),
    [("GetItem", "dynamodb:GetItem"), ("DescribeStacks", "cloudformation:DescribeStacks")],
)
def test_without_the_record_there_is_one_line_about_the_permission(
    planted: None,
    told: Callable[..., tuple[int, str]],
    refuse: Callable[[str, str], None],
    operation: str,
    action: str,
) -> None:
    refuse(operation, "AccessDenied")
    code, printed = told("--key", "uploads/sample.txt")
    assert code == 2
    (line,) = printed.splitlines()
    assert action in line
