"""Which web pages may send requests to the offline AWS and read its answers, as deployed."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from local.aws import cors
from local.aws.server import Server
from tests.support.fronts import front

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from local.aws.offline import OfflineAws

PAGE, OTHER = "https://page.example", "https://other.example"


def ask(
    url: str, method: str, origin: str, asks_for: str = "", headers: str = ""
) -> tuple[int, Message]:
    """The status and the headers of an answer to a page; with `asks_for`, to its preflight."""
    given = {
        "Origin": origin,
        "Access-Control-Request-Method": asks_for,
        "Access-Control-Request-Headers": headers,
    }
    sent = {name: value for name, value in given.items() if value}
    request = urllib.request.Request(url, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers


@pytest.fixture
def guarded(aws: OfflineAws) -> Iterator[str]:
    """URL of the API as it requires signatures."""
    with Server(front(aws, ApiAuth="IAM")) as server:
        yield server.url


def test_the_api_answers_preflight_requests_without_a_signature(guarded: str) -> None:
    url = f"{guarded}/images?key=uploads%2Fphoto.jpg"
    status, headers = ask(url, "OPTIONS", PAGE, "GET", "authorization,x-amz-date")
    assert status == 204
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Methods"] == "GET,POST,DELETE"
    assert "authorization" in headers["Access-Control-Allow-Headers"].split(",")
    # The request itself requires one, and the page may read why it was refused.
    status, headers = ask(url, "GET", PAGE)
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, "*")
    assert {"etag", "retry-after"} <= set(headers["Access-Control-Expose-Headers"].split(","))


def test_only_the_origins_of_the_configuration_may_call_the_api() -> None:
    two = {"AllowOrigins": [PAGE, "http://*"], "AllowMethods": ["GET"], "MaxAge": 5}
    two |= {"ExposeHeaders": ["etag", "retry-after"]}
    granted = {"access-control-allow-origin": PAGE, "vary": "origin"}
    exposed = {"access-control-expose-headers": "etag,retry-after"}
    assert cors.allowed(two, PAGE) == granted | exposed
    assert cors.preflight(two, PAGE) == granted | {
        "access-control-allow-methods": "GET",
        "access-control-max-age": "5",
    }
    assert cors.allowed(two, "http://localhost:8000")
    assert cors.allowed(two, OTHER) == cors.preflight(two, OTHER) == cors.allowed(two, "") == {}


@pytest.fixture
def rendition(aws: OfflineAws) -> str:
    """Presigned URL of an object in the renditions bucket, whose rules are for one page."""
    client, bucket = aws.client("s3"), aws.deployment.ref("RenditionsBucket")
    client.put_object(Bucket=bucket, Key="a/b.webp", Body=b"data")
    signer = boto3.client("s3", endpoint_url=aws.s3_url, config=Config(signature_version="s3v4"))
    url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a/b.webp"})
    return str(url)


def test_a_page_may_read_renditions(rendition: str) -> None:
    status, headers = ask(rendition, "GET", PAGE)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
    status, headers = ask(rendition, "OPTIONS", PAGE, "GET", "x-anything")
    assert (status, headers["Access-Control-Allow-Headers"]) == (200, "x-anything")
    assert ask(rendition, "OPTIONS", PAGE, "PUT")[0] == 403
    # A page may read why a request was refused, too.
    status, headers = ask(f"{rendition}0", "GET", PAGE)
    assert (status, headers["Access-Control-Allow-Origin"]) == (403, "*")


def test_only_the_origins_of_a_buckets_rules_may_read_it(aws: OfflineAws) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket="for-one-page")
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://p*.example"]}
    url = f"{aws.s3_url}/for-one-page/a"
    assert ask(url, "OPTIONS", PAGE, "GET")[0] == 403
    client.put_bucket_cors(Bucket="for-one-page", CORSConfiguration={"CORSRules": [rule]})
    status, headers = ask(url, "OPTIONS", PAGE, "GET")
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert ask(url, "OPTIONS", PAGE, "GET", "x-anything")[0] == 403
    assert ask(url, "OPTIONS", OTHER, "GET")[0] == 403
    assert ask(url, "GET", PAGE)[1]["Access-Control-Allow-Origin"] == PAGE
    assert ask(url, "GET", OTHER)[1]["Access-Control-Allow-Origin"] is None
    client.delete_bucket(Bucket="for-one-page")
