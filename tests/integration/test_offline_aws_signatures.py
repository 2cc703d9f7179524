"""The offline S3 refuses the requests that S3 refuses."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config

from local.aws.signatures import RefusedError, check_form, check_presigned
from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws

KEY = "elsewhere/signed a+b é.txt"


def fetch(url: str, data: bytes | None = None, method: str = "GET", **headers: str) -> Any:
    """The status of the answer, and its body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def bucket(aws: OfflineAws) -> str:
    return aws.deployment.ref("UploadsBucket")


@pytest.fixture
def versions(aws: OfflineAws, bucket: str) -> list[str]:
    """Two versions of an object."""
    client = aws.client("s3")
    return [
        client.put_object(Bucket=bucket, Key=KEY, Body=body)["VersionId"]
        for body in (b"first", b"second")
    ]


def signer(aws: OfflineAws) -> Any:
    """A client that signs as a function's does: for the server, with the current version."""
    return boto3.client("s3", endpoint_url=aws.s3_url, config=Config(signature_version="s3v4"))


def presigned(aws: OfflineAws, method: str = "get_object", **parameters: Any) -> str:
    return str(signer(aws).generate_presigned_url(method, Params=parameters, ExpiresIn=60))


def test_a_presigned_url_reads_the_version_that_it_names(
    aws: OfflineAws, bucket: str, versions: list[str]
) -> None:
    for version, body in zip(versions, (b"first", b"second"), strict=True):
        url = presigned(aws, Bucket=bucket, Key=KEY, VersionId=version)
        assert fetch(url) == (200, body)


def test_a_changed_presigned_url_is_refused(
    aws: OfflineAws, bucket: str, versions: list[str]
) -> None:
    url = presigned(aws, Bucket=bucket, Key=KEY, VersionId=versions[0])
    others = [
        url.replace(versions[0], versions[1]),
        url.replace("signed", "Signed"),
        url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
    ]
    for other in others:
        status, body = fetch(other)
        assert (status, b"SignatureDoesNotMatch" in body) == (403, True), other
    assert fetch(url, b"mine", "PUT")[0] == 403


def test_a_presigned_upload_works(aws: OfflineAws, bucket: str) -> None:
    url = presigned(aws, "put_object", Bucket=bucket, Key="elsewhere/put.txt")
    assert fetch(url, b"data", "PUT")[0] == 200
    assert fetch(presigned(aws, Bucket=bucket, Key="elsewhere/put.txt")) == (200, b"data")


def test_a_presigned_url_expires(aws: OfflineAws, bucket: str) -> None:
    url = presigned(aws, Bucket=bucket, Key=KEY)
    host = {"host": aws.s3_url.removeprefix("http://")}
    (date,) = parse_qs(urlsplit(url).query)["X-Amz-Date"]
    signed_at = datetime.strptime(date, "%Y%m%dT%H%M%S%z")
    check_presigned("GET", url, host, signed_at + timedelta(seconds=60))
    with pytest.raises(RefusedError, match="expired"):
        check_presigned("GET", url, host, signed_at + timedelta(seconds=61))


@pytest.mark.usefixtures("versions")
def test_unsigned_reads_are_refused(aws: OfflineAws, bucket: str) -> None:
    assert fetch(f"{aws.s3_url}/{bucket}/elsewhere/signed")[0] == 403
    assert fetch(f"{aws.s3_url}/{bucket}?list-type=2")[0] == 403
    assert fetch(f"{aws.s3_url}/{bucket}/x?AWSAccessKeyId=local&Signature=x&Expires=9")[0] == 400


def test_a_web_page_cannot_reset_the_server(aws: OfflineAws) -> None:
    assert fetch(f"{aws.s3_url}/moto-api/reset", b"", "POST")[0] == 403
    assert aws.client("s3").list_buckets()["Buckets"]


def submit(aws: OfflineAws, bucket: str, fields: dict[str, str], file: bytes) -> tuple[int, bytes]:
    body, content_type = multipart_form(fields, file)
    status, answer = fetch(f"{aws.s3_url}/{bucket}", body, "POST", Content_Type=content_type)
    return status, answer


def form(aws: OfflineAws, bucket: str, **further: str) -> dict[str, str]:
    """A form that lets its holder upload up to ten bytes below a prefix."""
    named = {name.replace("_", "-"): value for name, value in further.items()}
    fields: dict[str, str] = signer(aws).generate_presigned_post(
        bucket,
        "elsewhere/${filename}",
        Fields=dict(named),
        Conditions=[
            ["starts-with", "$key", "elsewhere/"],
            ["content-length-range", 1, 10],
            *({name: value} for name, value in named.items()),
        ],
        ExpiresIn=60,
    )["fields"]
    return fields


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 204),
        ({"x_amz_server_side_encryption": "AES256"}, 204),
        ({"x_amz_server_side_encryption": "aws:kms"}, 403),
        ({"x_amz_server_side_encryption_customer_algorithm": "AES256"}, 403),
    ],
)
def test_an_upload_with_another_encryption_is_refused(
    aws: OfflineAws, bucket: str, asked: dict[str, str], status: int
) -> None:
    fields = form(aws, bucket, **asked) | {"key": "elsewhere/encrypted.txt"}
    assert submit(aws, bucket, fields, b"data")[0] == status
    url = presigned(aws, "put_object", Bucket=bucket, Key="elsewhere/encrypted.txt")
    assert (fetch(url, b"data", "PUT", **asked)[0] == 200) == (status == 204)


def test_a_form_uploads_what_it_allows(aws: OfflineAws, bucket: str) -> None:
    fields = form(aws, bucket) | {"key": "elsewhere/form.txt"}
    assert submit(aws, bucket, fields, b"0123456789")[0] == 204
    stored = aws.client("s3").get_object(Bucket=bucket, Key="elsewhere/form.txt")
    assert stored["Body"].read() == b"0123456789"


@pytest.mark.parametrize(
    ("change", "file", "code"),
    [
        ({}, b"0123456789A", b"EntityTooLarge"),
        ({}, b"", b"EntityTooSmall"),
        ({"key": "uploads/form.txt"}, b"data", b"AccessDenied"),
        ({"x-amz-signature": "0" * 64}, b"data", b"SignatureDoesNotMatch"),
        ({"x-amz-meta-extra": "yes"}, b"data", b"AccessDenied"),
        ({"policy": "e30="}, b"data", b"SignatureDoesNotMatch"),
    ],
)
def test_a_form_refuses_uploads_outside_its_policy(
    aws: OfflineAws, bucket: str, change: dict[str, str], file: bytes, code: bytes
) -> None:
    fields = form(aws, bucket) | {"key": "elsewhere/refused.txt"} | change
    status, answer = submit(aws, bucket, fields, file)
    assert status in {400, 403}
    assert code in answer
    listing = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=fields["key"])
    assert listing["KeyCount"] == 0


def test_a_form_expires(aws: OfflineAws, bucket: str) -> None:
    fields = form(aws, bucket) | {"key": "elsewhere/late.txt"}
    with pytest.raises(RefusedError, match="expired"):
        check_form(bucket, fields, 4, datetime.now(UTC) + timedelta(seconds=61))
