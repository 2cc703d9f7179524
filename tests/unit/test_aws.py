"""How patient the AWS clients are, and which signature they use."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from urllib3 import HTTPResponse

from api.upload_forms import upload_form
from api.upload_parts import part_urls
from image_pipeline import aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CALLS: dict[str, tuple[int, Callable[[], Any]]] = {
    "s3": (2, lambda: aws.s3().list_objects_v2(Bucket="uploads")),
    "dynamodb": (2, lambda: aws.dynamodb().describe_table(TableName="images")),
    "cloudfront": (2, lambda: aws.cloudfront().list_distributions()),
    "secretsmanager": (2, lambda: aws.secretsmanager().get_secret_value(SecretId="a")),
    "stepfunctions": (3, lambda: aws.stepfunctions().list_state_machines()),
    # Waiting in the state machine costs less than waiting in the function.
    "rekognition": (
        1,
        lambda: aws.rekognition().detect_moderation_labels(Image={"Bytes": b"1"}),
    ),
}


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.parametrize("service", CALLS)
def test_every_client_tries_a_few_times_and_then_gives_up(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts, call = CALLS[service]
    monkeypatch.setattr("time.sleep", lambda _: None)
    sent: list[str] = []

    def unavailable(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.url)
        return AWSResponse(request.url, 503, {}, HTTPResponse(io.BytesIO()))  # type: ignore[arg-type]

    events = getattr(aws, service)().meta.events
    events.register_first("before-send", unavailable)
    with pytest.raises(ClientError):
        call()
    events.unregister("before-send", unavailable)
    assert len(sent) == attempts


@pytest.mark.parametrize("service", CALLS)
def test_every_client_is_made_once_with_short_timeouts(service: str) -> None:
    client = getattr(aws, service)()
    assert getattr(aws, service)() is client
    config = client.meta.config
    timeouts = {
        "s3": (2, 10),
        "dynamodb": (1, 3),
        "rekognition": (3, 20),
        "cloudfront": (3, 10),
        "secretsmanager": (1, 3),
        "stepfunctions": (3, 10),
    }
    assert (config.connect_timeout, config.read_timeout) == timeouts[service]
    assert config.tcp_keepalive is True


# By partition: docs.aws.amazon.com/general/latest/gr/s3.html, and of the others botocore's table.
SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
REGIONS = [
    (region, suffix)
    for partition, suffix in SUFFIXES.items()
    for region in sorted(
        {
            *botocore.session.get_session().get_available_regions("rekognition", partition),
            *botocore.session.get_session().get_available_regions("s3", partition),
        }
    )
]


def test_every_partition_and_its_regions_are_known() -> None:
    assert set(botocore.session.get_session().get_available_partitions()) == set(SUFFIXES)
    assert len(REGIONS) >= 46


@pytest.fixture
def s3_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Function that makes the S3 client of a region as at a cold start."""

    def client(region: str, **variables: str) -> Any:
        for name, value in {"AWS_DEFAULT_REGION": region, **variables}.items():
            monkeypatch.setenv(name, value)
        aws.s3.cache_clear()
        return aws.s3()

    yield client
    aws.s3.cache_clear()


@pytest.mark.parametrize(("region", "suffix"), REGIONS)
def test_presigned_urls_name_the_host_of_the_region(
    region: str, suffix: str, s3_in: Callable[..., Any]
) -> None:
    """S3 serves a new bucket by the global host only in us-east-1."""
    s3 = s3_in(region)
    given = {"Bucket": "pictures", "Key": "a/b.webp", "VersionId": "v"}
    url = urlsplit(s3.generate_presigned_url("get_object", given))
    assert (url.scheme, url.netloc) == ("https", f"pictures.s3.{region}.{suffix}")
    assert url.path == "/a/b.webp"
    assert f"%2F{region}%2Fs3%2Faws4_request" in url.query
    form = upload_form("pictures", "a/b.webp", "image/webp", 1, {}, 60)
    assert form["url"] == f"https://pictures.s3.{region}.{suffix}/"
    assert f"/{region}/s3/aws4_request" in form["fields"]["x-amz-credential"]
    (part,) = part_urls("pictures", "a/b.webp", "u", 1, [1], 60)["parts"]
    assert urlsplit(part["url"]).netloc == f"pictures.s3.{region}.{suffix}"
    # The certificate of *.s3.… does not cover a name with dots.
    dotted = urlsplit(s3.generate_presigned_url("get_object", given | {"Bucket": "my.pictures"}))
    assert (dotted.netloc, dotted.path) == (f"s3.{region}.{suffix}", "/my.pictures/a/b.webp")


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_of_ones_own_has_no_host_per_bucket(
    variable: str, s3_in: Callable[..., Any]
) -> None:
    s3 = s3_in("us-east-1", **{variable: "http://host.docker.internal:4566"})
    url = s3.generate_presigned_url("get_object", {"Bucket": "pictures", "Key": "a"})
    assert url.startswith("http://host.docker.internal:4566/pictures/a?")


def test_s3_signs_with_version_4() -> None:
    url = aws.s3().generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
