"""An image as clients of the HTTP API find it: in a list, as it was, and by its renditions."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from PIL import Image

from tests.integration.story import ask, process
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def test_images_are_listed_read_and_told_of(aws: OfflineAws) -> None:
    shown = process(aws, "uploads/reads/shown.jpg", gradient_file()).image
    refused = process(aws, "uploads/reads/refused.jpg", b"no picture").image
    period = f"from={shown['created_at']}&to={refused['created_at']}&limit=1"
    _, first = ask(aws, f"/images?{period}")
    _, second = ask(aws, f"/images?{period}&next={quote(first['next'])}")
    assert [*first["images"], *second["images"]][0]["image_id"] == refused["image_id"]
    assert second["images"][0]["image_id"] == shown["image_id"]
    assert second["next"] is None
    _, rejected = ask(aws, f"/images?{period}&status=rejected")
    assert [each["reason"] for each in rejected["images"]] == ["unsupported_format"]

    url = f"{aws.api_url}/images/{shown['image_id']}"
    with urllib.request.urlopen(f"{url}/renditions/thumbnail") as answer:
        assert Image.open(io.BytesIO(answer.read())).size == (150, 150)
    _, history = ask(aws, f"/images/{shown['image_id']}/events")
    assert [each["type"] for each in history["events"]][-1] == "approved"

    with urllib.request.urlopen(url) as answer:
        tag = answer.headers["etag"]
    again = urllib.request.Request(url, headers={"If-None-Match": tag})
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(again)
    assert (unchanged.value.code, unchanged.value.read()) == (304, b"")
