"""`python -m ops erase` against the offline AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.environment import isolated
from tests.integration.story import ask, process
from tests.support.pictures import gradient_file

with isolated():
    from ops.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

FOLDER = "uploads/erase/"


@pytest.fixture
def told(aws: OfflineAws, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Function that runs the command, and returns its exit code and what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(["erase", *arguments])
        for started in aws.delivery.started:  # by what was deleted; none may run into the next test
            assert aws.progress.await_end(started.arn, 60)
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


def stored(aws: OfflineAws, key: str, image_id: str) -> dict[str, Any]:
    """Return what there is of a picture: versions of both buckets, its record, its words."""
    s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
    places = (("UploadsBucket", key), ("RenditionsBucket", f"{image_id}/"))
    listed = [
        s3.list_object_versions(Bucket=aws.deployment.ref(bucket), Prefix=prefix)
        for bucket, prefix in places
    ]
    aws.streams.settle()
    rows = dynamodb.scan(TableName=aws.deployment.ref("ReadModelTable"))["Items"]
    record = dynamodb.get_item(
        TableName=aws.deployment.ref("ImagesTable"), Key={"image_id": {"S": image_id}}
    )
    return {
        "versions": [
            (each["Key"], each["VersionId"])
            for page in listed
            for each in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        ],
        "words": [
            row["pk"]["S"]
            for row in rows
            if row["pk"]["S"].startswith("word#") and row["sk"]["S"].endswith(image_id)
        ],
        "record": record.get("Item"),
    }


def naming(aws: OfflineAws, text: str) -> list[str]:
    """Return where a text is still found: in rows of every table, and keys of every bucket."""
    s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
    found = []
    for name, resource in aws.deployment.resources.items():
        match resource.type:
            case "AWS::DynamoDB::Table":
                rows = dynamodb.scan(TableName=resource.ref)["Items"]
                kept = [json.dumps(row) for row in rows]
            case "AWS::S3::Bucket":
                listed = s3.list_object_versions(Bucket=resource.ref)
                kept = [each["Key"] for each in listed.get("Versions", ())]
                kept += [each["Key"] for each in listed.get("DeleteMarkers", ())]
            case _:
                continue
        found += [name for each in kept if text in each]
    return found


NOTHING: dict[str, Any] = {"versions": [], "words": [], "record": None}


def test_everything_below_a_prefix_goes_and_nothing_else(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    folder = f"{FOLDER}anna/"
    key, other_key = f"{folder}summer.jpg", f"{FOLDER}berta/summer.jpg"
    process(aws, key, gradient_file())
    image_id = process(aws, key, gradient_file(size=(320, 160))).image["image_id"]
    other_id = process(aws, other_key, gradient_file()).image["image_id"]
    aws.place(f"{folder}dropped.jpg", "v1", b"bytes", "image/jpeg")
    before, other = stored(aws, key, image_id), stored(aws, other_key, other_id)
    assert len(before["versions"]) > 3
    assert before["words"]

    code, printed = told("--prefix", folder, "--dry-run")
    assert code == 0
    assert f"would erase  {key}  approved  {image_id}" in printed
    assert f"would erase  {folder}dropped.jpg  no record  1 versions" in printed
    assert stored(aws, key, image_id) == before

    code, printed = told("--prefix", folder, "--yes")
    assert code == 0, printed
    assert f"erased    {key}" in printed
    assert "2 of 2 pictures are erased" in printed
    assert "90 days" in printed
    assert stored(aws, key, image_id) == NOTHING
    assert stored(aws, folder, image_id) == NOTHING
    assert naming(aws, folder) == []
    # A row without anything but the id, for a week.
    assert naming(aws, image_id) == ["ReadModelTable"]
    assert ask(aws, f"/images/{image_id}")[0] == 404
    assert stored(aws, other_key, other_id) == other

    assert told("--prefix", folder, "--yes") == (0, "there is nothing to erase\n")


def test_what_a_deletion_has_left_goes_and_with_it_the_kept_answer(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    client = aws.client("lambda")
    answer = client.invoke(
        FunctionName=aws.deployment.ref("ApiWriteFunction"),
        Payload=json.dumps(
            {
                "routeKey": "POST /images",
                "headers": {"idempotency-key": "erase", "content-type": "application/json"},
                "body": json.dumps(
                    {"filename": "anna.jpg", "content_type": "image/jpeg", "bytes": 9}
                ),
                "requestContext": {"requestId": "erase", "authorizer": {"iam": {"userArn": "a"}}},
            }
        ),
    )
    image = json.loads(json.loads(answer["Payload"].read())["body"])
    code, printed = told(image["image_id"], "--yes")
    assert code == 0, printed
    assert "1 of 1 pictures are erased, and 1 answers kept for an Idempotency-Key" in printed
    assert stored(aws, image["key"], image["image_id"]) == NOTHING


def test_lease_of_an_erased_picture_goes(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    key, other = (f"{FOLDER}{name}.jpg" for name in ("leased", "held"))
    labels = {"local_moderation": "Explicit Nudity=70"}
    images = [process(aws, each, gradient_file(), **labels).image for each in (key, other)]
    writes: Any = {"headers": {}, "requestContext": {"requestId": "lease"}}
    for image in images:
        aws.client("lambda").invoke(
            FunctionName=aws.deployment.ref("ApiWriteFunction"),
            Payload=json.dumps(
                {
                    **writes,
                    "routeKey": "POST /reviews/{id}/lease",
                    "pathParameters": {"id": image["image_id"]},
                }
            ),
        )

    def leases() -> set[str]:
        rows = aws.client("dynamodb").scan(TableName=aws.deployment.ref("IdempotencyTable"))
        ids = {row["id"]["S"].rpartition("#")[2] for row in rows["Items"] if "lease" in row}
        return ids & {image["image_id"] for image in images}

    assert leases() == {image["image_id"] for image in images}
    assert told("--key", key, "--yes")[0] == 0
    assert leases() == {images[1]["image_id"]}


def test_a_picture_in_work_keeps_its_record_until_its_deletion_is_finished(
    aws: OfflineAws, told: Callable[..., tuple[int, str]]
) -> None:
    key = f"{FOLDER}in-work.jpg"
    image_id = process(aws, key, gradient_file()).image["image_id"]
    table: Any = {
        "TableName": aws.deployment.ref("ImagesTable"),
        "Key": {"image_id": {"S": image_id}},
    }
    dynamodb = aws.client("dynamodb")
    dynamodb.update_item(
        **table,
        UpdateExpression="SET displaced = :some, #open = :open",
        ExpressionAttributeNames={"#open": "open"},
        ExpressionAttributeValues={":some": {"L": [{"S": "other"}]}, ":open": {"S": image_id[0]}},
    )
    code, printed = told("--key", key, "--yes")
    assert code == 1
    assert f"left      {key}: its deletion is not finished" in printed
    assert stored(aws, key, image_id)["record"]["status"]["S"] == "deleted"

    dynamodb.update_item(
        **table,
        UpdateExpression="REMOVE displaced, #open",
        ExpressionAttributeNames={"#open": "open"},
    )
    assert told("--key", key, "--yes")[0] == 0
    assert stored(aws, key, image_id) == NOTHING


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "name the pictures in one way"),
        (["--owner", "anna", "--prefix", "uploads/anna/"], "name the pictures in one way"),
    ],
)
def test_pictures_are_named_in_one_way(
    told: Callable[..., tuple[int, str]], arguments: list[str], text: str
) -> None:
    code, printed = told(*arguments)
    assert code == 2
    assert text in printed


def test_nothing_goes_without_somebody_who_agrees(
    aws: OfflineAws, told: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = f"{FOLDER}kept.jpg"
    image_id = process(aws, key, gradient_file()).image["image_id"]
    before = stored(aws, key, image_id)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    code, printed = told("--key", key)
    assert (code, "add --yes" in printed) == (2, True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert told("--key", key)[0] == 0
    assert stored(aws, key, image_id) == before
