"""Reads images through the HTTP API, with signed requests, and renditions through their URLs."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_SECONDS = 30
_NOT_FOUND = 404


class ImagesApi:
    """The HTTP API of a stack.

    Args:
        url: its base URL.
        credentials: of the caller.
        region: of the stack.
    """

    def __init__(self, url: str, credentials: Credentials, region: str) -> None:
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._region = region

    def image(self, image_id: str) -> dict[str, Any] | None:
        """Return an image; None if there is no such image.

        Raises:
            OSError: the API does not answer, or answers with another error.
        """
        return self._get(f"/images/{image_id}")

    def image_at(self, key: str) -> dict[str, Any] | None:
        """Return the image at an object key; None if there is none.

        Raises:
            OSError: the API does not answer, or answers with another error.
        """
        return self._get(f"/images?key={quote(key, safe='')}")

    def _get(self, path: str) -> dict[str, Any] | None:
        request = AWSRequest("GET", self._url + path)
        SigV4Auth(self._credentials, "execute-api", self._region).add_auth(request)
        try:
            body: dict[str, Any] = json.loads(_read(self._url + path, dict(request.headers)))
        except urllib.error.HTTPError as error:
            with error:
                if error.code == _NOT_FOUND:
                    return None
            raise
        return body


def download(url: str) -> tuple[int, bytes]:
    """Read a URL; return the status code and the content.

    Raises:
        OSError: nobody answers.
    """
    try:
        return 200, _read(url, {})
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def _read(url: str, headers: dict[str, str]) -> bytes:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - from the stack's outputs
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        data: bytes = answer.read()
        return data
