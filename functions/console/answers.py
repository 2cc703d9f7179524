"""The answers of the console: the page, its settings, its files."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from console.assets import Asset
from console.configuration import configuration
from console.policy import security_headers
from console.sign_in import UnreachableError
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from console.assets import Assets
    from console.sign_in import SignIn

    Headers = Mapping[str, str]

_YEAR = "public, max-age=31536000, immutable"
_MISSING = Asset.of(
    "missing.html", b"<!doctype html><title>Not found</title><p>There is no such file."
)


class Console:
    """Answers the requests for the page.

    Args:
        assets: the files of the page.
        uploads: URL of the bucket to which the page uploads.
        renditions: URLs that renditions are read from.
        max_upload_bytes: the largest file that the deployment accepts.
        sign_in: returns how to sign in, None if anybody may call the API; may raise
            `UnreachableError`. It is called until it has returned.
    """

    def __init__(
        self,
        assets: Assets,
        uploads: str,
        renditions: Sequence[str],
        max_upload_bytes: int,
        sign_in: Callable[[], SignIn | None],
    ) -> None:
        self._assets = assets
        self._hosts = uploads, renditions
        self._largest = max_upload_bytes
        self._ask_how = sign_in
        self._sign_in: SignIn | None = None
        self._is_known = False
        self._headers: Headers = security_headers(uploads, renditions, None)

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request of payload format 2.0."""
        given = event.get("pathParameters") or {}
        match event.get("routeKey"):
            case "GET /console":
                # The page names its files relative to a folder.
                return self._response(308, {"location": "console/"})
            case "GET /console/":
                self._learn()
                return self._send(event, self._assets.page, "no-cache")
            case "GET /console/config.json":
                return self._settings()
            case "GET /console/assets/{digest}/{path+}":
                found = self._assets.find(given.get("digest", ""), given.get("path", ""))
                if found is not None:
                    return self._send(event, found, _YEAR)
        return self._send(event, _MISSING, "no-store", status=404)

    def _learn(self) -> bool:
        """Find out how to sign in, and let the page talk to that host; return if it is known."""
        if not self._is_known:
            try:
                self._sign_in = self._ask_how()
            except UnreachableError as error:
                logger.warning("issuer unreachable", extra={"why": str(error)})
                return False
            token = self._sign_in.token if self._sign_in else None
            self._headers = security_headers(*self._hosts, token)
            self._is_known = True
        return True

    def _settings(self) -> dict[str, Any]:
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        if not self._learn():
            problem = {"title": "The sign-in cannot be reached. Please try again in a few seconds."}
            answer = self._response(503, headers | {"retry-after": "5"})
            return answer | {"body": json.dumps(problem)}
        body = configuration(self._largest, self._sign_in)
        return self._response(200, headers) | {"body": json.dumps(body)}

    def _send(
        self, event: Mapping[str, Any], asset: Asset, cached: str, status: int = 200
    ) -> dict[str, Any]:
        headers = {
            "content-type": asset.media_type,
            "cache-control": cached,
            "vary": "accept-encoding",
        }
        if not accepts_gzip((event.get("headers") or {}).get("accept-encoding", "")):
            return self._response(status, headers) | {"body": asset.plain.decode()}
        return self._response(status, headers | {"content-encoding": "gzip"}) | {
            "body": base64.b64encode(asset.compressed).decode(),
            "isBase64Encoded": True,
        }

    def _response(self, status: int, headers: Headers) -> dict[str, Any]:
        return {"statusCode": status, "headers": {**self._headers, **headers}}


def accepts_gzip(header: str) -> bool:
    """Whether the header Accept-Encoding allows gzip."""
    for each in header.lower().split(","):
        name, _, quality = each.partition(";")
        if name.strip() == "gzip":
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
