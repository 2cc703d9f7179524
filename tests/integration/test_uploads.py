"""Uploads through the API, by a form or in parts, and what the pipeline makes of them."""

from __future__ import annotations

import base64
import json
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from api import upload_parts
from image_pipeline.identity import image_id
from local.sample import jpeg
from tests.integration.forms import multipart_form
from tests.integration.story import finish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.aws.offline import OfflineAws

JPEG = {"filename": "Größe 1.jpg", "content_type": "image/jpeg", "bytes": 1_000_000}


def sent(url: str, data: bytes | None, method: str, **headers: str) -> tuple[int, Any, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data, named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture
def ask(aws: OfflineAws) -> Callable[..., tuple[int, Any]]:
    """Function that sends a request to the API; it returns the status and the body."""

    def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content_Type": "application/json"}
        status, _, answer = sent(f"{aws.api_url}{path}", data, method, **kind)
        return status, json.loads(answer) if answer else None

    return ask


def post(upload: dict[str, Any], data: bytes, **changed: str) -> tuple[int, bytes]:
    """Send a form as a browser does."""
    body, content_type = multipart_form(upload["fields"] | changed, data)
    status, _, answer = sent(upload["url"], body, "POST", Content_Type=content_type)
    return status, answer


def processed(aws: OfflineAws, key: str) -> dict[str, Any]:
    """Wait for the newest object at a key to be processed; return the image as the API shows it."""
    newest = aws.client("s3").head_object(Bucket=aws.deployment.ref("UploadsBucket"), Key=key)
    arns = aws.delivery.executions_of(key, newest["VersionId"])
    return dict(finish(aws, arns[0]).image)


def test_an_announced_image_is_pending_until_its_form_is_sent(
    aws: OfflineAws, ask: Callable[..., tuple[int, Any]]
) -> None:
    status, created = ask("POST", "/images", JPEG | {"tags": {"shop": "north"}})
    assert (status, created["status"]) == (201, "pending")
    assert created["key"].endswith("/Größe-1.jpg")
    assert created["image_id"] == image_id(created["key"])
    _, pending = ask("GET", f"/images/{created['image_id']}")
    assert (pending["status"], pending["key"]) == ("pending", created["key"])
    assert pending["upload"] == {"tags": {"shop": "north"}}
    assert post(created["upload"], jpeg())[0] == 201
    image = processed(aws, created["key"])
    assert (image["image_id"], image["status"]) == (created["image_id"], "approved")
    assert image["upload"] == {"tags": {"shop": "north"}}
    # The same form replaces the picture, and the image goes on.
    assert post(created["upload"], b"not a picture")[0] == 201
    assert processed(aws, created["key"])["reason"] == "unsupported_format"


def test_an_upload_may_arrive_after_its_record_has_expired(
    aws: OfflineAws, ask: Callable[..., tuple[int, Any]]
) -> None:
    """DynamoDB takes up to two days to remove an expired record."""
    _, created = ask("POST", "/images", JPEG)
    path = f"/images/{created['image_id']}"
    aws.client("dynamodb").update_item(
        TableName=aws.deployment.ref("ImagesTable"),
        Key={"image_id": {"S": created["image_id"]}},
        UpdateExpression="SET expires = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    assert ask("GET", path)[0] == 404
    assert post(created["upload"], jpeg())[0] == 201
    assert processed(aws, created["key"])["status"] == "approved"
    assert ask("GET", path)[0] == 200
    events = ask("GET", f"{path}/events")[1]["events"]
    assert [each["type"] for each in events][:2] == ["created", "uploaded"]


@pytest.mark.parametrize(
    ("changed", "data", "code"),
    [
        ({}, b"x" * 1001, b"EntityTooLarge"),
        ({}, b"", b"EntityTooSmall"),
        ({"Content-Type": "image/png"}, b"x", b"AccessDenied"),
        ({"Content-Type": "text/html"}, b"x", b"AccessDenied"),
        ({"key": "uploads/other.jpg"}, b"x", b"AccessDenied"),
        ({"key": "uploads/${filename}"}, b"x", b"AccessDenied"),
        ({"tagging": "<Tagging><TagSet/></Tagging>"}, b"x", b"AccessDenied"),
        ({"x-amz-meta-more": "1"}, b"x", b"AccessDenied"),
        ({"x-amz-server-side-encryption": "aws:kms"}, b"x", b"AccessDenied"),
        ({"success_action_redirect": "https://example.com"}, b"x", b"AccessDenied"),
    ],
)
def test_s3_refuses_another_upload_than_announced(
    ask: Callable[..., tuple[int, Any]], changed: dict[str, str], data: bytes, code: bytes
) -> None:
    _, created = ask("POST", "/images", JPEG | {"bytes": 1000, "tags": {"a": "b"}})
    status, answer = post(created["upload"], data, **changed)
    assert status in {400, 403}
    assert code in answer
    assert ask("GET", f"/images/{created['image_id']}")[1]["status"] == "pending"


def test_curl_uploads_with_the_form(
    aws: OfflineAws, ask: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    (tmp_path / "a;b.jpg").write_bytes(jpeg())
    _, created = ask("POST", "/images", JPEG)
    fields = [f"{name}={text}" for name, text in created["upload"]["fields"].items()]
    arguments = [argument for field in fields for argument in ("--form-string", field)]
    file = ["-F", f'file=@"{tmp_path / "a;b.jpg"}"']
    curl = ["curl", "-sS", "--fail-with-body", *arguments, *file, created["upload"]["url"]]
    answer = subprocess.run(curl, capture_output=True, check=True, text=True).stdout
    assert f"<Key>{created['key']}</Key>" in answer
    assert processed(aws, created["key"])["status"] == "approved"


def test_a_browser_may_upload_and_read_the_answer(ask: Callable[..., tuple[int, Any]]) -> None:
    _, created = ask("POST", "/images", JPEG)
    body, content_type = multipart_form(created["upload"]["fields"], jpeg(), "blob")
    headers = {"Content_Type": content_type, "Origin": "https://shop.example"}
    status, answered, text = sent(created["upload"]["url"], body, "POST", **headers)
    assert (status, answered["Access-Control-Allow-Origin"]) == (201, "*")
    assert "ETag" in answered["Access-Control-Expose-Headers"]
    assert answered["ETag"].encode() in text
    _, parted = ask("POST", "/images?multipart", JPEG)
    asked = {"Origin": "https://shop.example", "Access_Control_Request_Method": "PUT"}
    status, answered, _ = sent(parted["upload"]["parts"][0]["url"], None, "OPTIONS", **asked)
    assert (status, answered["Access-Control-Allow-Origin"]) == (200, "*")


@pytest.fixture
def parted(
    ask: Callable[..., tuple[int, Any]], monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, Any], list[bytes]]:
    """An upload in two parts, and their data."""
    monkeypatch.setattr(upload_parts, "PART_BYTES", 5 << 20)
    data = jpeg().ljust((5 << 20) + 7, b"\0")
    status, created = ask(
        "POST", "/images?multipart=true", JPEG | {"bytes": len(data), "tags": {"shop": "a b+c"}}
    )
    assert status == 201
    assert [part["bytes"] for part in created["upload"]["parts"]] == [5 << 20, 7]
    return created, [data[: 5 << 20], data[5 << 20 :]]


def put(created: dict[str, Any], data: list[bytes]) -> list[dict[str, Any]]:
    parts = []
    for part, piece in zip(created["upload"]["parts"], data, strict=True):
        status, headers, answer = sent(part["url"], piece, "PUT")
        assert status == 200, answer
        parts.append({"part_number": part["part_number"], "etag": headers["ETag"]})
    return parts


def test_a_large_file_is_uploaded_in_parts(
    aws: OfflineAws,
    ask: Callable[..., tuple[int, Any]],
    parted: tuple[dict[str, Any], list[bytes]],
) -> None:
    created, data = parted
    path = f"/images/{created['image_id']}"
    urls = [part["url"] for part in created["upload"]["parts"]]
    assert sent(urls[0], data[1], "PUT")[0] == 403  # another size
    assert sent(urls[1], data[1] + b"1", "PUT")[0] == 403
    assert sent(urls[1].replace("partNumber=2", "partNumber=1"), data[1], "PUT")[0] == 403
    status, fresh = ask("POST", f"{path}/upload/parts", {"part_numbers": [2, 1]})
    assert (status, [part["part_number"] for part in fresh["parts"]]) == (200, [1, 2])
    assert ask("POST", f"{path}/upload/parts", {"part_numbers": [3]})[0] == 409
    parts = put({"upload": fresh}, data)
    complete = f"{path}/upload/complete"
    for wrong in (
        parts[:1],
        [*parts, parts[0]],
        [parts[0], parts[1] | {"part_number": 3}],
        [parts[0], parts[1] | {"etag": "0" * 32}],
    ):
        status, problem = ask("POST", complete, {"parts": wrong})
        assert (status, problem["errors"][0]["field"]) == (409, "parts")
    accepted = (202, {"image_id": created["image_id"], "status": "pending"})
    assert ask("POST", complete, {"parts": parts[::-1]}) == accepted
    image = processed(aws, created["key"])
    assert (image["status"], image["source"]["bytes"]) == ("approved", (5 << 20) + 7)
    assert image["upload"] == {"tags": {"shop": "a b+c"}}
    assert ask("POST", complete, {"parts": parts})[0] == 202
    assert sent(urls[0], data[0], "PUT")[0] == 404
    assert ask("POST", f"{path}/upload/parts", {"part_numbers": [1]})[0] == 409


def test_an_upload_in_parts_is_aborted_once_and_for_all(
    aws: OfflineAws,
    ask: Callable[..., tuple[int, Any]],
    parted: tuple[dict[str, Any], list[bytes]],
) -> None:
    created, data = parted
    path = f"/images/{created['image_id']}/upload"
    parts = put(created, data)
    assert ask("DELETE", path) == (204, None)
    assert ask("GET", f"/images/{created['image_id']}")[1]["status"] == "deleted"
    assert sent(created["upload"]["parts"][0]["url"], data[0], "PUT")[0] == 404
    assert ask("DELETE", path) == (204, None)
    assert ask("POST", f"{path}/complete", {"parts": parts})[0] == 409
    assert ask("POST", f"{path}/parts", {"part_numbers": [1]})[0] == 409
    assert ask("DELETE", f"/images/{'a' * 26}/upload")[0] == 404
    uploads = aws.client("s3").list_multipart_uploads(Bucket=aws.deployment.ref("UploadsBucket"))
    assert created["key"] not in {each["Key"] for each in uploads.get("Uploads", [])}


def test_an_upload_that_is_complete_is_not_aborted(
    aws: OfflineAws,
    ask: Callable[..., tuple[int, Any]],
    parted: tuple[dict[str, Any], list[bytes]],
) -> None:
    created, data = parted
    path = f"/images/{created['image_id']}/upload"
    parts = put(created, data)
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(ask, "POST", f"{path}/complete", {"parts": parts}) for _ in range(4)]
    assert {answer.result()[0] for answer in answers} == {202}
    assert ask("DELETE", path)[0] == 409
    assert processed(aws, created["key"])["status"] == "approved"
    assert ask("DELETE", path)[0] == 409


def test_only_uploads_in_parts_have_parts(ask: Callable[..., tuple[int, Any]]) -> None:
    _, created = ask("POST", "/images", JPEG)
    path = f"/images/{created['image_id']}/upload"
    assert ask("POST", f"{path}/parts", {"part_numbers": [1]})[0] == 409
    parts = [{"part_number": 1, "etag": "0" * 32}]
    assert ask("POST", f"{path}/complete", {"parts": parts})[0] == 409
    assert ask("DELETE", path)[0] == 409
    unknown = f"/images/{'a' * 26}/upload"
    assert ask("POST", f"{unknown}/complete", {"parts": parts})[0] == 404


def test_the_policy_of_the_form_fixes_everything(ask: Callable[..., tuple[int, Any]]) -> None:
    _, created = ask("POST", "/images", JPEG | {"tags": {"a": "b"}})
    fields = created["upload"]["fields"]
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert policy["expiration"] == created["upload"]["expires_at"]
    assert ["content-length-range", 1, 1_000_000] in policy["conditions"]
    exact = [each for each in policy["conditions"] if isinstance(each, dict)]
    assert {name for each in exact for name in each} == (
        set(fields) - {"policy", "x-amz-signature"} | {"bucket"}
    )
