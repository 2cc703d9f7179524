"""An upload is found and counted once the stream of its record was delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ops.rebuild.run import rebuild
from tests.integration.story import ask, process
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

PREFIX = "uploads/search-and-counts"


def found(aws: OfflineAws, query: str) -> list[str]:
    aws.streams.settle()
    status, body = ask(aws, f"/images?q={query}")
    assert (status, body["next"]) == (200, None)
    return [each["key"] for each in body["images"]]


def counted(aws: OfflineAws, status: str) -> int:
    aws.streams.settle()
    code, body = ask(aws, "/stats")
    assert code == 200
    return sum(each["images"] for each in body["totals"] if each["status"] == status)


def rows(aws: OfflineAws) -> list[dict[str, Any]]:
    table = aws.deployment.ref("ReadModelTable")
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def rebuild_all(aws: OfflineAws) -> None:
    said: list[str] = []
    account: Any = aws  # it makes the same clients
    assert rebuild(account, aws.deployment.stack, 1e6, said.append) == 0, said


def test_uploads_are_found_and_counted_until_they_are_deleted(aws: OfflineAws) -> None:
    for each in list(aws.delivery.started):  # of other tests
        assert aws.progress.await_end(each.arn, 60)
    rebuild_all(aws)  # streams forget what nobody asks for
    approved, rejected = counted(aws, "approved"), counted(aws, "rejected")
    beach, crab = f"{PREFIX}/Quokka Beach.jpg", f"{PREFIX}/quokka_crab.jpg"
    process(aws, beach, gradient_file())
    process(aws, crab, gradient_file(), local_moderation="Hate Symbols=99")
    assert found(aws, "QUOKKA") == [crab, beach]
    assert found(aws, "quokka+hate") == [crab]
    assert found(aws, "quokka+beach+jpg") == [beach]
    assert found(aws, "quokka+beach+crab") == []
    assert found(aws, "%22") == []
    assert (counted(aws, "approved"), counted(aws, "rejected")) == (approved + 1, rejected + 1)
    # From nothing, the same again.
    table, dynamodb = aws.deployment.ref("ReadModelTable"), aws.client("dynamodb")
    for row in rows(aws):
        dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("pk", "sk")})
    assert found(aws, "quokka") == []
    rebuild_all(aws)
    assert found(aws, "quokka") == [crab, beach]
    assert (counted(aws, "approved"), counted(aws, "rejected")) == (approved + 1, rejected + 1)
    aws.client("s3").delete_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=crab)
    assert aws.progress.await_end(aws.delivery.started[-1].arn, 60)
    assert found(aws, "quokka") == [beach]
    assert counted(aws, "rejected") == rejected
