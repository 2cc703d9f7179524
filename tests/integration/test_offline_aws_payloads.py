"""The offline S3 refuses damaged uploads, ACLs and old signatures as S3 does."""

from __future__ import annotations

import base64
import hashlib
import random
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws.checksums import checksum
from local.aws.payloads import decoded
from local.aws.signatures import RefusedError
from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

DATA = b"123456789"
# Catalogue of parametrized CRC algorithms, reveng.sourceforge.io/crc-catalogue: the check values.
CHECK_VALUES = {"CRC32": "y/Q5Jg==", "CRC32C": "4waSgw==", "CRC64NVME": "rosUhgp5mIg="}


def sent(url: str, data: bytes, method: str = "PUT", **headers: str) -> tuple[int, bytes]:
    """The answer to a request that is signed in its headers, if no other way is given."""
    named = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260501/us-east-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=0",
        "Content-Type": "text/plain",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def put(aws: OfflineAws) -> Callable[..., tuple[int, bytes]]:
    """Uploads `DATA` with further headers, and checks that only an accepted upload is stored."""
    bucket, key = aws.deployment.ref("UploadsBucket"), f"elsewhere/{random.random()}"

    def upload(data: bytes = DATA, query: str = "", **headers: str) -> tuple[int, bytes]:
        status, answer = sent(f"{aws.s3_url}/{bucket}/{key}{query}", data, **headers)
        listing = aws.client("s3").list_objects_v2(Bucket=bucket, Prefix=key)
        assert (status == 200) == (listing["KeyCount"] == 1)
        return status, answer

    return upload


def of(algorithm: str, data: bytes = DATA) -> str:
    return checksum(algorithm, data)


def md5(data: bytes = DATA) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content_MD5": md5()},
        {"x_amz_content_sha256": hashlib.sha256(DATA).hexdigest()},
        *({f"x_amz_checksum_{name.lower()}": value} for name, value in CHECK_VALUES.items()),
        {"x_amz_checksum_sha1": of("SHA1")},
        {"x_amz_checksum_sha256": of("SHA256")},
        {"x_amz_acl": "bucket-owner-full-control"},
    ],
)
def test_an_upload_that_matches_its_checksum_is_stored(
    put: Callable[..., tuple[int, bytes]], headers: dict[str, str]
) -> None:
    assert put(**headers)[0] == 200


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Content_MD5": md5(b"other")}, "BadDigest"),
        ({"Content_MD5": "not base64"}, "InvalidDigest"),
        ({"Content_MD5": "c2hvcnQ="}, "InvalidDigest"),
        ({"x_amz_content_sha256": "0" * 64}, "XAmzContentSHA256Mismatch"),
        *(
            ({f"x_amz_checksum_{name}": of(name, b"other")}, "BadDigest")
            for name in ("crc32", "crc32c", "crc64nvme", "sha1", "sha256")
        ),
        ({"x_amz_checksum_crc32": "c2hvcnQ"}, "InvalidRequest"),
        ({"x_amz_checksum_sha256": of("CRC32")}, "InvalidRequest"),
        (
            {"x_amz_checksum_crc32": of("CRC32"), "x_amz_checksum_sha1": of("SHA1")},
            "InvalidRequest",
        ),
        ({"x_amz_acl": "public-read"}, "AccessControlListNotSupported"),
        ({"x_amz_acl": "private"}, "AccessControlListNotSupported"),
        (
            {"x_amz_grant_read": 'uri="…/AllUsers"'.replace("…", "")},
            "AccessControlListNotSupported",
        ),
    ],
)
def test_an_upload_that_s3_refuses_is_not_stored(
    put: Callable[..., tuple[int, bytes]], headers: dict[str, str], code: str
) -> None:
    status, answer = put(**headers)
    assert (status, f"<Code>{code}</Code>" in answer.decode()) == (400, True), answer


def test_an_acl_cannot_be_put_on_an_existing_object(
    aws: OfflineAws, put: Callable[..., tuple[int, bytes]]
) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    assert put()[0] == 200
    for url in (f"{aws.s3_url}/{bucket}?acl", f"{aws.s3_url}/{bucket}/elsewhere/any?acl"):
        assert b"AccessControlListNotSupported" in sent(url, b"<AccessControlPolicy/>")[1]


@pytest.mark.parametrize(("field", "code"), [("acl", "AccessControlListNotSupported")])
def test_a_form_cannot_ask_for_an_acl(aws: OfflineAws, field: str, code: str) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    signer = boto3.client("s3", endpoint_url=aws.s3_url, config=Config(signature_version="s3v4"))
    given = {field: "public-read"}
    form = signer.generate_presigned_post(
        bucket, "elsewhere/acl.txt", Fields=dict(given), Conditions=[given]
    )
    body, content_type = multipart_form(form["fields"], DATA)
    headers = {"Content-Type": content_type}
    request = urllib.request.Request(f"{aws.s3_url}/{bucket}", body, headers, method="POST")
    with pytest.raises(urllib.error.HTTPError, match="400") as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value:
        assert code in refused.value.read().decode()


def test_clients_upload_with_their_own_checksums(aws: OfflineAws) -> None:
    """In one piece and in parts; boto3 sends the checksum after the chunks of a body."""
    bucket, data = aws.deployment.ref("UploadsBucket"), random.Random(1).randbytes(6 << 20)
    client = boto3.client("s3", endpoint_url=aws.s3_url.replace("127.0.0.1", "localhost"))
    client.put_object(Bucket=bucket, Key="elsewhere/own", Body=data, ChecksumAlgorithm="CRC32")
    stored = client.get_object(Bucket=bucket, Key="elsewhere/own", ChecksumMode="ENABLED")
    assert stored["Body"].read() == data
    assert stored["ChecksumCRC32"] == of("CRC32", data)
    with pytest.raises(ClientError, match="BadDigest"):
        client.put_object(
            Bucket=bucket, Key="elsewhere/own", Body=data, ChecksumCRC32=of("CRC32", b"other")
        )


def chunked(*chunks: bytes, trailer: str = "") -> bytes:
    parts = [b"%x;chunk-signature=0\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return b"".join(parts) + b"0\r\n" + trailer.encode() + b"\r\n"


STREAMED = {
    "x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "Content_Encoding": "gzip,aws-chunked",
    "x_amz_trailer": "x-amz-checksum-crc64nvme",
}


def test_a_body_in_chunks_is_compared_with_its_trailer(
    put: Callable[..., tuple[int, bytes]],
) -> None:
    good, bad = of("CRC64NVME"), of("CRC64NVME", b"other")
    body = chunked(b"1234", b"56789", trailer=f"x-amz-checksum-crc64nvme:{bad}\r\n")
    assert b"<Code>BadDigest</Code>" in put(body, **STREAMED)[1]
    cut = chunked(b"1234", b"56789")[:-12]
    assert b"<Code>IncompleteBody</Code>" in put(cut, **STREAMED)[1]
    body = chunked(b"1234", b"56789", trailer=f"x-amz-checksum-crc64nvme:{good}\r\n")
    assert put(body, x_amz_decoded_content_length="9", **STREAMED)[0] == 200


def test_a_body_in_chunks_is_decoded() -> None:
    headers = {name.lower().replace("_", "-"): value for name, value in STREAMED.items()}
    data, plain = decoded(chunked(b"1234", b"56789", trailer="x-amz-a:b\r\n"), headers)
    assert data == DATA
    assert plain == {
        "content-encoding": "gzip",
        "content-length": "9",
        "x-amz-a": "b",
        "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    }
    with pytest.raises(RefusedError, match="Content-Length"):
        decoded(chunked(DATA), headers | {"x-amz-decoded-content-length": "10"})


def test_checksums_have_their_published_values() -> None:
    for algorithm, value in CHECK_VALUES.items():
        assert of(algorithm) == value


def test_an_old_signature_is_told_which_setting_to_change(aws: OfflineAws) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    old = boto3.client("s3", endpoint_url=aws.s3_url, config=Config(signature_version="s3"))
    url = old.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "elsewhere/x"})
    form: dict[str, Any] = old.generate_presigned_post(bucket, "elsewhere/x")
    body, content_type = multipart_form(form["fields"], DATA)
    answers = [
        sent(f"{aws.s3_url}/{bucket}/elsewhere/x", DATA, Authorization="AWS local:c2lnbmF0dXJl"),
        sent(url, b"", "GET", Authorization=""),
        sent(form["url"], body, "POST", Authorization="", Content_Type=content_type),
    ]
    for status, answer in answers:
        assert status == 400
        assert b"signature_version" in answer
        assert b"s3v4" in answer
