"""The answers of the console: the page, its settings, its files."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from console.assets import Asset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.assets import Assets

    Headers = Mapping[str, str]

_YEAR = "public, max-age=31536000, immutable"
_MISSING = Asset.of(
    "missing.html", b"<!doctype html><title>Not found</title><p>There is no such file."
)


class Console:
    """Answers the requests for the page.

    Args:
        assets: the files of the page.
        headers: that every answer has.
        configuration: returns the contents of `config.json`.
    """

    def __init__(
        self, assets: Assets, headers: Headers, configuration: Callable[[], dict[str, Any]]
    ) -> None:
        self._assets = assets
        self._headers = headers
        self._configuration = configuration

    def answer(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request of payload format 2.0."""
        given = event.get("pathParameters") or {}
        match event.get("routeKey"):
            case "GET /console":
                # The page names its files relative to a folder.
                return self._response(308, {"location": "console/"})
            case "GET /console/":
                return self._send(event, self._assets.page, "no-cache")
            case "GET /console/config.json":
                return self._settings()
            case "GET /console/assets/{digest}/{path+}":
                found = self._assets.find(given.get("digest", ""), given.get("path", ""))
                if found is not None:
                    return self._send(event, found, _YEAR)
        return self._send(event, _MISSING, "no-store", status=404)

    def _settings(self) -> dict[str, Any]:
        headers = {"content-type": "application/json", "cache-control": "no-store"}
        return self._response(200, headers) | {"body": json.dumps(self._configuration())}

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
