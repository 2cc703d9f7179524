"""The offline S3 treats multipart uploads as S3 does, also when they are over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

KEY = "elsewhere/parts"


@pytest.fixture(params=["in this process", "by HTTP"])
def s3(aws: OfflineAws, request: pytest.FixtureRequest) -> Any:
    """A client; by HTTP, its requests pass through the gate."""
    url = aws.s3_url.replace("127.0.0.1", "localhost")
    return boto3.client("s3", endpoint_url=url if request.param == "by HTTP" else None)


@pytest.fixture
def upload(aws: OfflineAws, s3: Any) -> dict[str, str]:
    """The address of an upload that has begun."""
    place = {"Bucket": aws.deployment.ref("UploadsBucket"), "Key": KEY}
    return place | {"UploadId": s3.create_multipart_upload(**place)["UploadId"]}


def put(s3: Any, upload: dict[str, str], number: int, data: bytes = b"data") -> dict[str, Any]:
    answer = s3.upload_part(**upload, PartNumber=number, Body=data)
    return {"PartNumber": number, "ETag": answer["ETag"]}


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_an_aborted_upload_is_unknown(s3: Any, upload: dict[str, str]) -> None:
    parts = {"Parts": [put(s3, upload, 1)]}
    s3.abort_multipart_upload(**upload)
    for call in (
        lambda: s3.abort_multipart_upload(**upload),
        lambda: put(s3, upload, 1),
        lambda: s3.list_parts(**upload),
        lambda: s3.complete_multipart_upload(**upload, MultipartUpload=parts),
    ):
        assert refused(call) == "NoSuchUpload"


def test_a_completed_upload_can_be_completed_again_and_not_aborted(
    s3: Any, upload: dict[str, str]
) -> None:
    parts = {"Parts": [put(s3, upload, 1)]}
    with ThreadPoolExecutor(4) as pool:
        completed = [
            pool.submit(s3.complete_multipart_upload, **upload, MultipartUpload=parts)
            for _ in range(4)
        ]
    versions = {each.result()["VersionId"] for each in completed if not each.exception()}
    codes = {str(each.exception()).split(")")[0] for each in completed if each.exception()}
    assert len(versions) == 1
    assert codes <= {"An error occurred (NoSuchUpload"}
    assert s3.complete_multipart_upload(**upload, MultipartUpload=parts)["VersionId"] in versions
    assert refused(lambda: s3.abort_multipart_upload(**upload)) == "NoSuchUpload"
    assert refused(lambda: put(s3, upload, 1)) == "NoSuchUpload"


def test_parts_are_completed_in_their_order_and_with_their_etags(
    s3: Any, upload: dict[str, str]
) -> None:
    parts = [put(s3, upload, 1, b"a" * (5 << 20)), put(s3, upload, 2)]
    for wrong, code in (
        (parts[::-1], "InvalidPartOrder"),
        ([parts[0], parts[0]], "InvalidPartOrder"),
        ([parts[0], parts[1] | {"ETag": '"0"'}], "InvalidPart"),
        ([parts[0], parts[1] | {"PartNumber": 3}], "InvalidPart"),
        ([parts[1] | {"PartNumber": 1}, parts[1]], "InvalidPart"),
    ):
        complete = {"MultipartUpload": {"Parts": wrong}}
        assert refused(lambda: s3.complete_multipart_upload(**upload, **complete)) == code  # noqa: B023
    put(s3, upload, 1)
    small = [put(s3, upload, 1), parts[1]]
    complete = {"MultipartUpload": {"Parts": small}}
    assert refused(lambda: s3.complete_multipart_upload(**upload, **complete)) == "EntityTooSmall"
