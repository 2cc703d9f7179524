from __future__ import annotations

import hashlib
import io
import random
from typing import TYPE_CHECKING

import pytest

from image_pipeline import storage
from image_pipeline.errors import Reason, ValidationError

if TYPE_CHECKING:
    from image_pipeline.models import S3Object

    from .conftest import Account

DATA = random.Random(1).randbytes(700_001)


def test_a_ranged_file_reads_like_an_ordinary_one(account: Account) -> None:
    ranged = storage.S3File(account.upload("uploads/a", DATA), len(DATA))
    ordinary = io.BytesIO(DATA)
    choice = random.Random(2)
    for _ in range(200):
        offset, whence = choice.choice(
            [(choice.randrange(len(DATA) + 100), 0), (choice.randrange(1000), 1), (-500, 2)]
        )
        assert ranged.seek(offset, whence) == ordinary.seek(offset, whence)
        length = choice.choice([0, 1, 7, 4096, 200_000])
        assert ranged.read(length) == ordinary.read(length)
        assert ranged.tell() == ordinary.tell()
    ranged.seek(3)
    assert ranged.read() == DATA[3:]


def test_a_ranged_file_fetches_only_what_is_looked_at(account: Account) -> None:
    ranged = storage.S3File(account.upload("uploads/a", DATA), len(DATA))
    ranged.read(8)
    ranged.seek(-8, io.SEEK_END)
    ranged.read(8)
    assert ranged.fetched <= 2 * 64 * 1024
    ranged.seek(0)
    ranged.read(1000)
    assert ranged.fetched <= 2 * 64 * 1024  # the beginning is not fetched twice


def test_a_ranged_file_reads_the_version_it_was_opened_with(account: Account) -> None:
    first = account.upload("uploads/a", b"1" * 100_000)
    ranged = storage.S3File(first, 100_000)
    account.upload("uploads/a", b"2" * 100_000)
    ranged.seek(90_000)
    assert ranged.read(5) == b"11111"


def test_a_large_object_is_read_whole_and_of_one_version(account: Account) -> None:
    data = DATA * 25  # in three parts, the last of them short
    first = account.upload("uploads/a", data)
    account.upload("uploads/a", bytes(len(data)))
    read = storage.read(first, len(data))
    assert isinstance(read, bytes)
    assert hashlib.sha256(read).digest() == hashlib.sha256(data).digest()


@pytest.mark.parametrize(
    "read",
    [
        lambda it: storage.read(it, 5),
        lambda it: storage.read(it, 20_000_000),
        storage.sha256,
        lambda it: storage.S3File(it, 5),
    ],
)
def test_a_deleted_object_is_a_reason_and_not_a_fault(account: Account, read: object) -> None:
    source = account.upload("uploads/a", b"bytes")
    account.s3.delete_object(Bucket="uploads", Key="uploads/a", VersionId=source.version_id or "")
    with pytest.raises(ValidationError) as refusal:
        read(source)  # type: ignore[operator]
    assert refusal.value.reason is Reason.OBJECT_DELETED


def test_what_is_written_can_be_cached_for_ever(account: Account) -> None:
    storage.write("renditions", "id/v/large.webp", b"data", "image/webp")
    head = account.s3.head_object(Bucket="renditions", Key="id/v/large.webp")
    assert head["ContentType"] == "image/webp"
    assert "immutable" in head["CacheControl"]


def test_tagging_a_version_that_is_gone_is_no_error(account: Account) -> None:
    source = account.upload("uploads/a", b"bytes")
    account.s3.delete_object(Bucket="uploads", Key="uploads/a", VersionId=source.version_id or "")
    storage.tag_rejected(source)
    assert "Versions" not in account.s3.list_object_versions(Bucket="uploads")


def test_the_tag_is_on_the_rejected_version_alone(account: Account) -> None:
    rejected = account.upload("uploads/a", b"bytes")
    newer = account.upload("uploads/a", b"other")
    storage.tag_rejected(rejected)

    def tags(source: S3Object) -> list[str]:
        answer = account.s3.get_object_tagging(
            Bucket=source.bucket, Key=source.key, VersionId=source.version_id or ""
        )
        return [tag["Value"] for tag in answer["TagSet"]]

    assert tags(rejected) == ["rejected"]
    assert tags(newer) == []
