"""Requests to the offline CloudFront, and signatures for them."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.aws.offline import OfflineAws


class Answer(NamedTuple):
    """An answer over HTTP; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def get(url: str, method: str = "GET", **headers: str) -> Answer:
    """Send a request; underscores in the names of headers become hyphens."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=given, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, response.read())
    except urllib.error.HTTPError as error:
        with error:
            found = {name.lower(): value for name, value in error.headers.items()}
            return Answer(error.code, found, error.read())


def parameters(url: str) -> dict[str, str]:
    """Return the parameters of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def changed(url: str, **given: str | None) -> str:
    """Return a URL with other parameters; those that are None are left out."""
    names = {name: name.replace("_", "-") for name in given}
    query = parameters(url) | {names[name]: value for name, value in given.items()}
    kept = {name: value for name, value in query.items() if value is not None}
    return urlsplit(url)._replace(query=urlencode(kept)).geturl()


def signed(
    aws: OfflineAws,
    private: str,
    path: str,
    version_id: str = "",
    *,
    seconds: int = 60,
    resource: str | None = None,
    conditions: Mapping[str, Any] | None = None,
) -> str:
    """Sign a URL, independently of the API, as CloudFront's documentation describes."""
    url = f"{aws.cloudfront_url}{path}"
    until = {"DateLessThan": {"AWS:EpochTime": int(time.time()) + seconds}}
    statement = {"Resource": resource or f"{url}*", "Condition": {**until, **(conditions or {})}}
    policy = json.dumps({"Statement": [statement]}).encode()
    key = load_pem_private_key(private.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = key.sign(policy, ec.ECDSA(SHA256()))
    query = {
        **({"versionId": version_id} if version_id else {}),
        "Policy": _encoded(policy),
        "Signature": _encoded(signature),
        "Key-Pair-Id": aws.deployment.ref("RenditionsPublicKey"),
        "Hash-Algorithm": "SHA256",
    }
    return f"{url}?{urlencode(query)}"


def _encoded(data: bytes) -> str:
    text = base64.b64encode(data).decode()
    return text.replace("+", "-").replace("=", "_").replace("/", "~")
