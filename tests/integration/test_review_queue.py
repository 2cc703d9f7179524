"""Reviewers take images from the queue, look at them, and decide."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import pytest

from tests.integration.story import ask, download, process
from tests.support.pictures import gradient_file

if TYPE_CHECKING:
    from local.aws.offline import OfflineAws


def send(aws: OfflineAws, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Send a request, and return the body of its answer; None if it has none."""
    given = {"content-type": "application/json", **headers}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(aws.api_url + path, data, given, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def test_two_reviewers_take_look_and_decide(aws: OfflineAws) -> None:
    others: list[str] = []  # of other tests
    while found := send(aws, "POST", "/reviews/next", {"skip": others}):
        others += [found["image_id"], *(each["image_id"] for each in found["near_duplicates"])]
    labels = {"local_moderation": "Explicit Nudity=70"}
    first = process(aws, "uploads/review-queue/one.jpg", gradient_file(), **labels).image
    second = process(aws, "uploads/review-queue/two.jpg", gradient_file(), **labels).image
    images = {first["image_id"], second["image_id"]}
    # Both show the same, so whoever gets one gets both.
    taken = send(aws, "POST", "/reviews/next", {"skip": others})
    (duplicate,) = taken["near_duplicates"]
    assert (taken["image_id"], duplicate["distance"]) == (first["image_id"], 0)
    assert {taken["image_id"], duplicate["image_id"]} == images
    assert send(aws, "POST", "/reviews/next", {"skip": others}) is None
    assert ask(aws, "/reviews")[1]["leased"] >= 2
    send(aws, "DELETE", f"/reviews/{duplicate['image_id']}/lease")
    assert send(aws, "POST", "/reviews/next", {})["image_id"] == second["image_id"]
    renewed = send(aws, "POST", f"/reviews/{taken['image_id']}/lease")
    assert renewed["lease"]["id"] == taken["lease"]["id"]
    status, seen = ask(aws, f"/reviews/{taken['image_id']}")
    assert status == 200
    assert [len(download(each["url"])) for each in seen["renditions"]] == [
        each["bytes"] for each in seen["renditions"]
    ]
    assert "renditions" not in ask(aws, f"/images/{taken['image_id']}")[1]
    # The lease has not changed the image: the ETag that came with it is still right.
    for image_id, tag in ((taken["image_id"], taken["etag"]), (duplicate["image_id"], "*")):
        tag = tag if tag != "*" else ask(aws, f"/reviews/{image_id}")[1]["etag"]
        body = {"decision": "approve"}
        decided = send(aws, "POST", f"/images/{image_id}/review", body, **{"if-match": tag})
        assert decided["status"] == "approved"
        # Whoever decides later, after losing the lease, is told.
        with pytest.raises(HTTPError, match="412"):
            send(aws, "POST", f"/images/{image_id}/review", body, **{"if-match": tag})
    for image_id in others:
        send(aws, "DELETE", f"/reviews/{image_id}/lease")
