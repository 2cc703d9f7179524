"""A list of ten thousand images, which would take the offline AWS minutes to page through.

Each is a copy of a real image with another key, so the renditions are real.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from image_pipeline.identity import image_id

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

_PAGE = 20


def show(page: Page, model: dict[str, Any], number: int) -> None:
    """Answer the page's lists with copies of an image, each a minute older than the one before.

    Args:
        page: whose requests to answer.
        model: as GET /images/{id} shows it.
        number: of copies.
    """
    newest = datetime.fromisoformat(model["created_at"])

    def one(index: int) -> dict[str, Any]:
        at = newest - timedelta(minutes=index + 1)
        key = f"uploads/many/{index:05}.jpg"
        return {**model, "image_id": image_id(key), "key": key, "created_at": at.isoformat()}

    def answer(route: Route) -> None:
        asked = parse_qs(urlsplit(route.request.url).query)
        start = int(asked.get("next", ["0"])[0])
        end = min(number, start + int(asked.get("limit", [_PAGE])[0]))
        listed = [one(index) for index in range(start, end)]
        body = {"images": listed, "next": str(end) if end < number else None}
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route(lambda url: urlsplit(url).path == "/images", answer)
