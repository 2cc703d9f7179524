"""Probes that send plain HTTP requests: from browsers, and without credentials."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.aws.environment import REGION
from local.aws.signed_requests import sign
from tests.integration.forms import multipart_form

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

    from tests.emulators.emulator import Emulator

_PAGE = "https://page.example"


def _ask(
    url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes = b""
) -> tuple[int, Mapping[str, str], str]:
    """Send a request; names below localhost lead to this machine, as in browsers."""
    asked = urlsplit(url)
    address = url.replace(asked.netloc, f"127.0.0.1:{asked.port}", 1)
    given = {"Host": asked.netloc, **(headers or {})}
    request = urllib.request.Request(address, body or None, given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, _lower(answer.headers), answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _lower(error.headers), error.read().decode(errors="replace")


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _said(answer: tuple[int, Mapping[str, str], str]) -> str:
    """The status of an answer, and the code of an error."""
    status, _, text = answer
    code = re.search("<Code>(.+?)</Code>", text)
    return f"{status} {code[1]}" if code else str(status)


def _object(emulator: Emulator) -> tuple[str, str]:
    """Make an object in a bucket of its own."""
    bucket, key = f"scratch-{uuid.uuid4().hex[:12]}", "a"
    s3 = emulator.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key=key, Body=b"data")
    return bucket, key


def _url(emulator: Emulator, seconds: int = 60, region: str = REGION) -> str:
    bucket, key = _object(emulator)
    s3 = emulator.client("s3", region)
    given = {"Bucket": bucket, "Key": key}
    return str(s3.generate_presigned_url("get_object", given, ExpiresIn=seconds))


def presigned(emulator: Emulator) -> str:
    """Use a presigned URL."""
    return _said(_ask(_url(emulator)))


def expired(emulator: Emulator) -> str:
    """Use a presigned URL after its lifetime."""
    url = _url(emulator, 1)
    time.sleep(2.5)
    return _said(_ask(url))


def changed(emulator: Emulator) -> str:
    """Use a presigned URL whose lifetime was changed."""
    return _said(_ask(_url(emulator).replace("X-Amz-Expires=60", "X-Amz-Expires=6000")))


def for_another_region(emulator: Emulator) -> str:
    """Use a presigned URL that was signed for another region than the bucket's."""
    return _said(_ask(_url(emulator, region="eu-west-1")))


def unsigned(emulator: Emulator) -> str:
    """Read an object without a signature."""
    bucket, key = _object(emulator)
    return _said(_ask(f"{emulator.url}/{bucket}/{key}"))


def form_above_its_limit(emulator: Emulator) -> str:
    """Post an upload form with more bytes than it allows."""
    bucket, _ = _object(emulator)
    limit = [["content-length-range", 1, 10]]
    form = emulator.client("s3").generate_presigned_post(bucket, "b", Conditions=limit)
    body, kind = multipart_form(form["fields"], b"more than ten bytes")
    return _said(_ask(f"{emulator.url}/{bucket}", "POST", {"Content-Type": kind}, body))


def preflight_of_a_bucket(emulator: Emulator) -> str:
    """Ask as a browser whether a page may read a bucket that has no rules."""
    bucket, key = _object(emulator)
    headers = {"Origin": _PAGE, "Access-Control-Request-Method": "GET"}
    return str(_ask(f"{emulator.url}/{bucket}/{key}", "OPTIONS", headers)[0])


def unsigned_route(emulator: Emulator) -> str:
    """Ask the API without a signature."""
    return str(_ask(f"{emulator.api_url}/images/{'a' * 26}")[0])


def signed_route(emulator: Emulator) -> str:
    """Ask the API with a signature."""
    url = f"{emulator.api_url}/images/{'a' * 26}"
    status, _, text = _ask(url, headers=sign("GET", url))
    try:
        error = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError):
        error = ""
    return f"{status} {error}".strip()


def preflight_of_the_api(emulator: Emulator) -> str:
    """Ask the API as a browser whether a page may ask it."""
    headers = {"Origin": _PAGE, "Access-Control-Request-Method": "GET"}
    url = f"{emulator.api_url}/images/{'a' * 26}"
    status, answer, _ = _ask(url, "OPTIONS", headers)
    return f"{status} {answer.get('access-control-allow-origin', '')}".strip()
