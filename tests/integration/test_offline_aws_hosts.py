"""The offline S3 checks the host and the region of requests, as S3 does."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from local.aws.s3_hosts import Host, host_of
from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws.offline import OfflineAws

BUCKETS = {
    "at-home": "us-east-1",
    "in-ireland": "eu-west-1",
    "in-bangkok": "ap-southeast-7",  # opened after March 2019
}


@pytest.fixture
def buckets(aws: OfflineAws) -> Iterator[None]:
    """A bucket in each region, with an object `a`."""
    client = aws.client("s3")
    for bucket, region in BUCKETS.items():
        elsewhere: Any = {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(Bucket=bucket, **(elsewhere if region != "us-east-1" else {}))
        client.put_object(Bucket=bucket, Key="a", Body=bucket.encode())
    yield
    for bucket in BUCKETS:
        client.delete_object(Bucket=bucket, Key="a")
        client.delete_bucket(Bucket=bucket)


def signer(region: str, endpoint: str | None = None, **options: str) -> Any:
    config = Config(signature_version="s3v4", s3=options)  # type: ignore[arg-type]
    return boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config)


def fetch(
    aws: OfflineAws, url: str, method: str = "GET", body: bytes | None = None, kind: str = ""
) -> tuple[int, str]:
    """The status, and S3's code or the data, of a request for any host that is sent here."""
    asked = urlsplit(url)
    # As with TLS at AWS: the signature names the host without a port.
    connection = http.client.HTTPConnection(urlsplit(aws.s3_url).netloc, timeout=10)
    headers = {"Host": asked.netloc} | ({"Content-Type": kind} if kind else {})
    connection.request(method, f"{asked.path}?{asked.query}", body, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    code = re.search("<Code>(.+)</Code>", text)
    return answer.status, code[1] if code else text


@pytest.mark.usefixtures("buckets")
@pytest.mark.parametrize(("bucket", "region"), BUCKETS.items())
@pytest.mark.parametrize("style", ["virtual", "path"])
def test_the_regional_host_serves_a_bucket(
    aws: OfflineAws, bucket: str, region: str, style: str
) -> None:
    client = signer(region, addressing_style=style, us_east_1_regional_endpoint="regional")
    url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"})
    assert f"s3.{region}.amazonaws.com" in url
    assert fetch(aws, url) == (200, bucket)


@pytest.mark.usefixtures("buckets")
def test_the_global_host_serves_only_its_own_region(aws: OfflineAws) -> None:
    found = {}
    for bucket, region in BUCKETS.items():
        url = signer(region).generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"})
        assert f"{bucket}.s3.amazonaws.com" in url
        found[bucket] = fetch(aws, url)
    assert found == {
        "at-home": (200, "at-home"),
        "in-ireland": (307, "TemporaryRedirect"),
        "in-bangkok": (400, "IllegalLocationConstraintException"),
    }


@pytest.mark.usefixtures("buckets")
def test_the_host_of_another_region_redirects(aws: OfflineAws) -> None:
    client = signer("eu-west-1", addressing_style="virtual")
    url = client.generate_presigned_url("get_object", {"Bucket": "at-home", "Key": "a"})
    assert fetch(aws, url) == (301, "PermanentRedirect")


@pytest.mark.usefixtures("buckets")
def test_a_signature_for_another_region_is_refused(aws: OfflineAws) -> None:
    client = signer("eu-west-1", aws.s3_url)
    url = client.generate_presigned_url("get_object", {"Bucket": "at-home", "Key": "a"})
    assert fetch(aws, url) == (400, "AuthorizationQueryParametersError")
    form = client.generate_presigned_post("at-home", "b")
    body, kind = multipart_form(form["fields"], b"data")
    status, code = fetch(aws, f"{aws.s3_url}/at-home", "POST", body, kind)
    assert (status, code) == (400, "AuthorizationQueryParametersError")


@pytest.mark.usefixtures("buckets")
def test_every_address_of_this_machine_serves_every_bucket(aws: OfflineAws) -> None:
    port = urlsplit(aws.s3_url).port
    for endpoint, style in (
        (aws.s3_url, "path"),
        (f"http://localhost:{port}", "path"),
        (f"http://localhost:{port}", "virtual"),
        (f"http://host.docker.internal:{port}", "path"),
    ):
        for bucket, region in BUCKETS.items():
            client = signer(region, endpoint, addressing_style=style)
            url = client.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a"})
            assert fetch(aws, url) == (200, bucket), url


def test_the_policy_of_a_bucket_holds_by_whatever_name_it_is_reached(aws: OfflineAws) -> None:
    bucket = aws.deployment.ref("UploadsBucket")
    client = signer("us-east-1", addressing_style="virtual", us_east_1_regional_endpoint="regional")
    given = {"Bucket": bucket, "Key": "elsewhere/a", "ServerSideEncryption": "aws:kms"}
    url = client.generate_presigned_url("put_object", given)
    asked = urlsplit(url)
    connection = http.client.HTTPConnection(urlsplit(aws.s3_url).netloc, timeout=10)
    headers = {"Host": asked.netloc, "x-amz-server-side-encryption": "aws:kms"}
    connection.request("PUT", f"{asked.path}?{asked.query}", b"data", headers)
    answer = connection.getresponse()
    assert (answer.status, b"DenyOtherEncryption" in answer.read()) == (403, True)
    connection.close()


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("127.0.0.1:4566", Host("", None)),
        ("localhost", Host("", None)),
        ("pictures.localhost:4566", Host("pictures", None)),
        ("s3.amazonaws.com", Host("", "")),
        ("my.pictures.s3.amazonaws.com", Host("my.pictures", "")),
        ("pictures.s3.eu-west-1.amazonaws.com", Host("pictures", "eu-west-1")),
        ("pictures.s3-eu-west-1.amazonaws.com:443", Host("pictures", "eu-west-1")),
        ("pictures.s3.dualstack.us-gov-west-1.amazonaws.com", Host("pictures", "us-gov-west-1")),
        ("dynamodb.us-east-1.amazonaws.com", Host("", None)),
    ],
)
def test_hosts(name: str, host: Host) -> None:
    assert host_of(name) == host
