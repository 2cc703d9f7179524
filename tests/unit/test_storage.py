from __future__ import annotations

import base64
import hashlib
import io
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from botocore.exceptions import ClientError

from image_pipeline import aws, storage
from image_pipeline.errors import Reason, ValidationError
from image_pipeline.models import S3Object
from image_pipeline.s3_file import S3File

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Account

DATA = random.Random(1).randbytes(700_001)


def test_a_ranged_file_reads_like_an_ordinary_one(account: Account) -> None:
    ranged = S3File(account.upload("uploads/a", DATA), len(DATA))
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


def test_a_ranged_file_fetches_only_the_blocks_that_are_read(account: Account) -> None:
    ranged = S3File(account.upload("uploads/a", DATA), len(DATA))
    ranged.read(8)
    ranged.seek(-8, io.SEEK_END)
    ranged.read(8)
    assert ranged.fetched <= 2 * 64 * 1024
    ranged.seek(0)
    ranged.read(1000)
    assert ranged.fetched <= 2 * 64 * 1024  # the beginning is not fetched twice


def test_a_ranged_file_reads_the_version_it_was_opened_with(account: Account) -> None:
    first = account.upload("uploads/a", b"1" * 100_000)
    ranged = S3File(first, 100_000)
    account.upload("uploads/a", b"2" * 100_000)
    ranged.seek(90_000)
    assert ranged.read(5) == b"11111"


@pytest.fixture
def ranges(account: Account) -> Iterator[list[str | None]]:
    """The ranges in which objects are read."""
    asked: list[str | None] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params.get("Range"))

    events, name = aws.s3().meta.events, "provide-client-params.s3.GetObject"
    events.register(name, note)
    yield asked
    events.unregister(name, note)


def test_a_ranged_file_reads_ahead_once_reading_is_sequential(
    account: Account, ranges: list[str | None]
) -> None:
    ranged = S3File(account.upload("uploads/a", DATA, "image/png"), len(DATA))
    assert ranged.read(None) == DATA
    assert ranges == [
        "bytes=0-65535",
        "bytes=65536-327679",
        "bytes=327680-589823",
        "bytes=589824-700000",
    ]
    assert ranged.fetched == len(DATA)
    assert ranged.content_type == "image/png"
    assert (ranged.readable(), ranged.seekable(), ranged.writable()) == (True, True, False)


def test_a_ranged_file_has_no_negative_positions(account: Account) -> None:
    ranged = S3File(account.upload("uploads/a", b"bytes"), 5)
    with pytest.raises(ValueError, match="negative seek position"):
        ranged.seek(-6, io.SEEK_END)
    assert ranged.seek(-5, io.SEEK_END) == 0


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (16 * MIB - 1, [None]),
        (16 * MIB, [f"bytes=0-{8 * MIB - 1}", f"bytes={8 * MIB}-{16 * MIB - 1}"]),
        (
            16 * MIB + 1,
            [
                f"bytes=0-{8 * MIB - 1}",
                f"bytes={8 * MIB}-{16 * MIB - 1}",
                f"bytes={16 * MIB}-{16 * MIB}",
            ],
        ),
    ],
    ids=["less", "two parts", "three parts"],
)
def test_objects_from_16_mib_on_are_read_in_parts(
    account: Account, ranges: list[str | None], size: int, expected: list[str | None]
) -> None:
    data = bytes(size)
    assert storage.read(account.upload("uploads/a", data), size) == data
    assert sorted(ranges, key=str) == sorted(expected, key=str)


def test_a_large_object_is_read_whole_and_of_one_version(account: Account) -> None:
    data = DATA * 25  # in three parts, the last of them short
    first = account.upload("uploads/a", data)
    account.upload("uploads/a", bytes(len(data)))
    read = storage.read(first, len(data))
    assert isinstance(read, bytes)
    assert hashlib.sha256(read).digest() == hashlib.sha256(data).digest()


READERS: list[Callable[[S3Object], Any]] = [
    lambda source: storage.read(source, 5),
    lambda source: storage.read(source, 20_000_000),
    storage.sha256,
    lambda source: S3File(source, 5),
]


@pytest.mark.parametrize("read", READERS, ids=["read", "read in parts", "digest", "ranged"])
@pytest.mark.parametrize("missing", ["version", "key", "delete marker"])
def test_reading_a_deleted_object_is_a_validation_error(
    account: Account, read: Callable[[S3Object], Any], missing: str
) -> None:
    source = account.upload("uploads/a", b"bytes")
    if missing == "delete marker":
        marker = account.s3.delete_object(Bucket="uploads", Key="uploads/a")["VersionId"]
        source = replace(source, version_id=marker)
    else:
        version = source.version_id or ""
        account.s3.delete_object(Bucket="uploads", Key="uploads/a", VersionId=version)
    with pytest.raises(ValidationError) as refusal:
        read(source if missing != "key" else replace(source, version_id=None))
    assert refusal.value.reason is Reason.OBJECT_DELETED
    assert refusal.value.message == "The file was deleted; upload it again to show the picture."


@pytest.mark.parametrize("read", READERS, ids=["read", "read in parts", "digest", "ranged"])
def test_every_other_error_of_s3_passes_through(
    account: Account, read: Callable[[S3Object], Any]
) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        read(S3Object("elsewhere", "uploads/a"))


def test_objects_are_written_once_and_for_all(account: Account) -> None:
    written = storage.write("renditions", "id/v/large.webp", b"data", "image/webp")
    head = account.s3.head_object(Bucket="renditions", Key="id/v/large.webp")
    assert written == S3Object("renditions", "id/v/large.webp", head["VersionId"])
    assert head["ContentType"] == "image/webp"
    assert head["CacheControl"] == "private, max-age=0"
    assert storage.read(written, 4) == b"data"


def test_s3_is_told_the_sha256_of_what_it_stores(account: Account) -> None:
    sent: list[dict[str, Any]] = []
    events, name = aws.s3().meta.events, "provide-client-params.s3.PutObject"

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append(params)

    events.register(name, note)
    storage.write("renditions", "id/v/large.webp", b"data", "image/webp")
    events.unregister(name, note)
    digest = base64.b64encode(hashlib.sha256(b"data").digest()).decode()
    assert [each["ChecksumSHA256"] for each in sent] == [digest]


def test_only_what_is_named_is_deleted(account: Account) -> None:
    first, second = (account.upload("uploads/a", text) for text in (b"first", b"second"))
    storage.delete([first, replace(first, key="uploads/never")])
    assert storage.list_versions("uploads", "") == {second}


def test_a_rejected_version_that_is_gone_needs_no_tag_but_every_other_does(
    account: Account,
) -> None:
    gone, kept = (account.upload("uploads/a", text) for text in (b"first", b"second"))
    storage.delete([gone])
    storage.tag_rejected(gone)
    storage.tag_rejected(kept)
    assert tags(account, kept) == {"image-pipeline-status": "rejected"}
    with pytest.raises(ClientError, match="NoSuchBucket"):
        storage.tag_rejected(replace(kept, bucket="elsewhere"))


def test_only_the_rejected_version_is_tagged(account: Account) -> None:
    rejected, newer = (account.upload("uploads/a", text) for text in (b"first", b"second"))
    storage.tag_rejected(rejected)
    assert tags(account, rejected) == {"image-pipeline-status": "rejected"}
    assert tags(account, newer) == {}


def test_a_rejected_version_keeps_the_tags_of_its_owner(account: Account) -> None:
    own = {f"tag {number}": "one + two" for number in range(9)}
    upload = account.upload("uploads/a", b"data", Tagging=urlencode(own))
    assert storage.tag_rejected(upload)
    assert tags(account, upload) == own | {"image-pipeline-status": "rejected"}


def test_ten_tags_of_the_owner_leave_no_room_for_another(account: Account) -> None:
    own = {str(number): "x" for number in range(10)}
    upload = account.upload("uploads/a", b"data", Tagging=urlencode(own))
    assert not storage.tag_rejected(upload)
    assert tags(account, upload) == own


def test_a_retry_does_not_undo_what_the_owner_changed_since(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = account.upload("uploads/a", b"data", Tagging="shop=north")
    storage.tag_rejected(upload)
    written: list[Any] = []
    monkeypatch.setattr(aws.s3(), "put_object_tagging", lambda **given: written.append(given))
    assert storage.tag_rejected(upload)
    assert written == []


def test_the_status_tag_is_replaced_where_the_owner_set_another(account: Account) -> None:
    own = {"image-pipeline-status": "mine"} | {str(number): "x" for number in range(9)}
    upload = account.upload("uploads/a", b"data", Tagging=urlencode(own))
    assert storage.tag_rejected(upload)
    assert tags(account, upload) == own | {"image-pipeline-status": "rejected"}


def tags(account: Account, source: S3Object) -> dict[str, str]:
    answer = account.s3.get_object_tagging(
        Bucket=source.bucket, Key=source.key, VersionId=source.version_id or ""
    )
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def test_a_presigned_url_reads_one_version_for_its_lifetime(account: Account) -> None:
    url = urlsplit(storage.presigned_url(S3Object("renditions", "id/v/large.webp", "3x"), 60))
    assert (url.netloc.partition(".")[0], url.path) == ("renditions", "/id/v/large.webp")
    query = parse_qs(url.query)
    assert query["versionId"] == ["3x"]
    assert query["X-Amz-Expires"] == ["60"]
    # Also for objects that were written with another header.
    assert query["response-cache-control"] == ["private, max-age=60, immutable"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
