"""Reads over HTTP what the offline AWS serves, as any client of it does.

Requests to the API are signed, whether it requires that or not.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote, urlencode

from local.aws.signed_requests import sign

_SECONDS = 60
_NOT_FOUND = 404
# The user's proxy cannot reach this machine's loopback address.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def image_by_key(api_url: str, key: str) -> dict[str, Any] | None:
    """Ask the API for the image at a key, by its id; None if there is none.

    Raises:
        OSError: the API does not answer, or answers with another error than 404.
    """
    found = _get_json(f"{api_url}/images?key={quote(key, safe='')}")
    return _get_json(f"{api_url}/images/{found['image_id']}") if found else None


def download(url: str) -> bytes:
    """Read the content of a URL.

    Raises:
        urllib.error.HTTPError: the server refuses.
    """
    with _DIRECT.open(url, timeout=_SECONDS) as answer:
        data: bytes = answer.read()
        return data


def post(url: str, **fields: str) -> dict[str, Any]:
    """Send a form and return the answer.

    Raises:
        OSError: nobody answers, or the answer is an error.
    """
    with _DIRECT.open(url, urlencode(fields).encode(), timeout=_SECONDS) as answer:
        body: dict[str, Any] = json.load(answer)
        return body


def _get_json(url: str) -> dict[str, Any] | None:
    request = urllib.request.Request(url, headers=sign("GET", url))  # noqa: S310 - our own server
    try:
        with _DIRECT.open(request, timeout=_SECONDS) as answer:
            body: dict[str, Any] = json.load(answer)
            return body
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _NOT_FOUND:
                return None
        raise
