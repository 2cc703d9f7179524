"""Reading over HTTP what the offline AWS serves, as any client of it would.

Requests to the API are signed, whether it asks for that or not.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.aws.signed_requests import sign

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 60
_NOT_FOUND = 404
# A proxy of the user's cannot reach this machine's own address.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def image_by_key(api_url: str, key: str) -> dict[str, Any] | None:
    """What the API says about the image at a key, asked by its id; None if there is none."""
    found = _get_json(f"{api_url}/images?key={quote(key, safe='')}")
    return _get_json(f"{api_url}/images/{found['image_id']}") if found else None


def download(url: str, path: Path) -> None:
    """Write what a URL gives to a file.

    Raises:
        urllib.error.HTTPError: the server refuses.
    """
    with _DIRECT.open(url, timeout=_SECONDS) as answer:
        path.write_bytes(answer.read())


def _get_json(url: str) -> dict[str, Any] | None:
    request = urllib.request.Request(url, headers=sign("GET", url))  # noqa: S310 - our own server
    try:
        with _DIRECT.open(request, timeout=_SECONDS) as answer:
            body: dict[str, Any] = json.load(answer)
            return body
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code == _NOT_FOUND:
                return None
        raise
