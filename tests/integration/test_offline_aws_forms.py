"""The offline S3 reads upload forms as S3 does, and answers them as they ask."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.aws.forms import read_form
from local.aws.signatures import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.offline import OfflineAws

KEY = "elsewhere/form é.txt"
TAGS = "<Tagging><TagSet><Tag><Key>{}</Key><Value>{}</Value></Tag></TagSet></Tagging>"
BOUNDARY = "--b"


def field(name: str, value: str | bytes, filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    data = value.encode() if isinstance(value, str) else value
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + data + b"\r\n"


def body(*parts: bytes) -> bytes:
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow no redirect."""


@pytest.fixture
def signed(aws: OfflineAws) -> Callable[..., dict[str, str]]:
    """Function that signs a form, with further conditions and fields."""
    signer = boto3.client("s3", endpoint_url=aws.s3_url, config=Config(signature_version="s3v4"))

    def sign(*conditions: Any, **fields: str) -> dict[str, str]:
        form: dict[str, str] = signer.generate_presigned_post(
            aws.deployment.ref("UploadsBucket"),
            KEY,
            Fields=dict(fields),
            Conditions=[*({name: text} for name, text in fields.items()), *conditions],
        )["fields"]
        return form

    return sign


@pytest.fixture
def post(aws: OfflineAws) -> Callable[[bytes], Any]:
    """Function that posts a body; it returns the status, the headers and the answer."""
    url = f"{aws.s3_url}/{aws.deployment.ref('UploadsBucket')}"
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

    def send(data: bytes) -> Any:
        request = urllib.request.Request(url, data, headers, method="POST")
        try:
            with urllib.request.build_opener(_Stay).open(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    return send


def fields_of(form: dict[str, str]) -> list[bytes]:
    return [field(name, text) for name, text in form.items()]


def test_a_form_sets_the_type_the_tags_and_the_metadata(
    aws: OfflineAws, signed: Callable[..., Any], post: Callable[[bytes], Any]
) -> None:
    given = {"tagging": TAGS.format("shop", "a/b é"), "x-amz-meta-order": "10017"}
    form = signed(**given, **{"Content-Type": "image/jpeg", "Cache-Control": "no-store"})
    for data in ("one", "two"):  # the same form works until it expires
        assert post(body(*fields_of(form), field("file", data, "photo.jpg")))[0] == 204
    where = {"Bucket": aws.deployment.ref("UploadsBucket"), "Key": KEY}
    stored = aws.client("s3").get_object(**where)
    assert stored["Body"].read() == b"two"
    assert (stored["ContentType"], stored["CacheControl"]) == ("image/jpeg", "no-store")
    assert stored["Metadata"] == {"order": "10017"}
    tags = aws.client("s3").get_object_tagging(**where)["TagSet"]
    assert tags == [{"Key": "shop", "Value": "a/b é"}]


def test_fields_after_the_file_are_ignored(
    aws: OfflineAws, signed: Callable[..., Any], post: Callable[[bytes], Any]
) -> None:
    form, late = signed(), field("x-amz-meta-late", "1")
    assert post(body(*fields_of(form), late, field("file", "data")))[0] == 403
    assert post(body(*fields_of(form), field("file", "data"), late, field("file", "b")))[0] == 204
    where = {"Bucket": aws.deployment.ref("UploadsBucket"), "Key": KEY}
    stored = aws.client("s3").get_object(**where)
    assert (stored["Metadata"], stored["Body"].read()) == ({}, b"data")
    status, _, text = post(body(field("file", "data"), *fields_of(form)))
    assert (status, "must contain a field named 'key'" in text) == (400, True)


@pytest.mark.parametrize(
    ("asked", "status"), [("200", 200), ("201", 201), ("204", 204), ("418", 204), ("yes", 204)]
)
def test_a_form_chooses_its_answer(
    signed: Callable[..., Any], post: Callable[[bytes], Any], asked: str, status: int
) -> None:
    form = signed(success_action_status=asked)
    found, headers, text = post(body(*fields_of(form), field("file", "data", "a")))
    assert (found, bool(text)) == (status, status == 201)
    assert headers["ETag"] == '"8d777f385d3dfec8815d20f7496026dc"'
    if text:
        answer = {each.tag: each.text for each in ET.fromstring(text)}
        assert answer["Key"] == KEY
        assert str(answer["Location"]).endswith("/elsewhere/form%20%C3%A9.txt")


def test_a_form_redirects(signed: Callable[..., Any], post: Callable[[bytes], Any]) -> None:
    form = signed(success_action_redirect="https://example.com/done?a=1")
    status, headers, _ = post(body(*fields_of(form), field("file", "data", "a")))
    assert status == 303
    assert headers["Location"].startswith("https://example.com/done?a=1&bucket=image-pipeline-")


@pytest.mark.parametrize(
    ("tagging", "code"),
    [
        ("<Tagging>", "MalformedXML"),
        (TAGS.format("a" * 129, ""), "InvalidTag"),
        (TAGS.format("a", "b" * 257), "InvalidTag"),
        (TAGS.format("a", "\U0001d49c" * 129), "InvalidTag"),
        (TAGS.format("a", "semi;colon"), "InvalidTag"),
        (TAGS.format("AWS:a", ""), "InvalidTag"),
        (TAGS.format("a", "").replace("</TagSet>", "<Tag><Key>a</Key></Tag></TagSet>"), "Inval"),
        (TAGS.format("é +-=._:/@" * 12, "b" * 256), None),
    ],
)
def test_tags_of_a_form_are_checked(
    signed: Callable[..., Any], post: Callable[[bytes], Any], tagging: str, code: str | None
) -> None:
    form = signed(tagging=tagging)
    status, _, text = post(body(*fields_of(form), field("file", "data", "a")))
    assert (status, (code or "") in text) == (400 if code else 204, True), text


def test_tags_of_other_uploads_are_checked(aws: OfflineAws) -> None:
    s3: Any = boto3.client("s3", endpoint_url=aws.s3_url.replace("127.0.0.1", "localhost"))
    where = {"Bucket": aws.deployment.ref("UploadsBucket"), "Key": KEY}
    for call in (s3.put_object, s3.create_multipart_upload):
        with pytest.raises(ClientError, match="InvalidTag"):
            call(**where, Tagging="a=semi%3Bcolon")


@pytest.mark.parametrize(
    "condition",
    [
        ["starts-with", "$x-amz-meta-any", ""],
        ["eq", "$x-amz-meta-any", "1"],
        {"x-amz-meta-any": "1"},
    ],
)
def test_a_field_that_a_condition_names_has_to_be_there(
    signed: Callable[..., Any], post: Callable[[bytes], Any], condition: Any
) -> None:
    form = signed(condition)
    status, _, text = post(body(*fields_of(form), field("file", "data", "a")))
    assert (status, "Policy Condition failed" in text) == (403, True)
    form["X-Amz-Meta-Any"] = "1"
    assert post(body(*fields_of(form), field("file", "data", "a")))[0] == 204


@pytest.mark.parametrize(
    "condition",
    [
        {"success_action_status": 201},
        ["content-length-range", 1],
        ["content-length-range", "one", 2],
        ["like", "$key", "a"],
        ["eq", "key", KEY],
        "key",
        ["eq", "$key"],
        7,
    ],
)
def test_a_malformed_policy_is_refused(
    signed: Callable[..., Any], post: Callable[[bytes], Any], condition: Any
) -> None:
    form = signed(condition)
    status, _, text = post(body(*fields_of(form), field("file", "data", "a")))
    assert (status, "InvalidPolicyDocument" in text) == (400, True), text


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([field("key", "a")], "InvalidArgument"),
        ([field("file", "a", "a")], "InvalidArgument"),
        ([field("key", ""), field("file", "a", "a")], "UserKeyMustBeSpecified"),
        (
            [field("key", "a"), field("x-ignore-a", "a" * 20_000), field("file", "a", "a")],
            "MaxPostPreDataLengthExceeded",
        ),
        ([field("key", b"\xff"), field("file", "a", "a")], "MalformedPOSTRequest"),
    ],
)
def test_a_malformed_form_is_refused(parts: list[bytes], code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_form(body(*parts), BOUNDARY)
    assert refused.value.code == code


@pytest.mark.parametrize("data", [b"", b"no form", b"--", body(field("key", "a"))[:-9]])
def test_a_body_that_is_no_form_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError):
        read_form(data, BOUNDARY)


def test_the_name_of_a_file_is_the_last_part_of_its_path() -> None:
    parts = body(field("key", "a/${filename}"), field("file", "x", "C:/b/c.jpg"))
    form = read_form(parts, BOUNDARY)
    assert form.fields["key"] == "a/c.jpg"
