"""What an image shows after its upload was replaced or deleted: over HTTP, with real URLs."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.calls import intercepted
from tests.support.pictures import gradient_file

from .story import ask, ended, process, rendition_keys, upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.calls import Call
    from local.aws.offline import OfflineAws


def status_of(url: str) -> int:
    """Return the HTTP status of a download."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def urls(image: dict[str, Any]) -> list[str]:
    return [rendition["url"] for rendition in image.get("renditions", [])]


def test_a_broken_file_over_an_approved_picture_leaves_it_readable(aws: OfflineAws) -> None:
    key = "uploads/replaced/broken.jpg"
    first = process(aws, key, gradient_file())
    second = process(aws, key, gradient_file()[:300])
    assert (second.image["status"], second.image["reason"]) == ("rejected", "corrupt")
    assert second.image["source"]["version_id"] == second.version_id
    assert second.image["last_approved"]["version_id"] == first.version_id
    assert second.image["placeholder"] == first.image["placeholder"]
    assert [status_of(url) for url in urls(second.image) + urls(first.image)] == [200] * 8


def test_an_approved_replacement_removes_the_picture_before(aws: OfflineAws) -> None:
    key = "uploads/replaced/approved.jpg"
    first = process(aws, key, gradient_file())
    second = process(aws, key, gradient_file(size=(320, 200)))
    assert "last_approved" not in second.image
    assert [status_of(url) for url in urls(first.image)] == [404] * 4
    assert [status_of(url) for url in urls(second.image)] == [200] * 4


def test_a_replacement_in_review_stays_unseen_and_leaves_the_picture_before(
    aws: OfflineAws,
) -> None:
    key = "uploads/replaced/review.jpg"
    first = process(aws, key, gradient_file())
    second = process(aws, key, gradient_file(), local_moderation="Violence=70")
    assert second.image["status"] == "review"
    assert second.image["last_approved"]["version_id"] == first.version_id
    assert all(f"/{first.version_id}/" in url for url in urls(second.image))
    assert [status_of(url) for url in urls(second.image)] == [200] * 4


def test_a_moderation_rejection_removes_the_picture_before(aws: OfflineAws) -> None:
    key = "uploads/replaced/rejected.jpg"
    first = process(aws, key, gradient_file())
    second = process(aws, key, gradient_file(), local_moderation="Violence=99")
    assert second.image["reason"] == "moderation_rejected"
    assert "last_approved" not in second.image
    assert "renditions" not in second.image
    assert [status_of(url) for url in urls(first.image)] == [404] * 4
    assert rendition_keys(aws, second.image["image_id"]) == set()


def test_a_replacement_in_work_leaves_the_picture_before(aws: OfflineAws) -> None:
    key = "uploads/replaced/in-work.jpg"
    first = process(aws, key, gradient_file())
    seen: list[dict[str, Any]] = []

    def looking(call: Call, perform: Callable[[], Any]) -> Any:
        if call.operation == "Invoke" and "StoreFunction" in call.parameters["FunctionName"]:
            seen.append(ask(aws, f"/images/{first.image['image_id']}")[1])
        return perform()

    with intercepted(aws.deployment, looking):
        process(aws, key, gradient_file(size=(320, 200)))
    (image,) = seen
    assert image["status"] == "processing"
    assert image["last_approved"]["version_id"] == first.version_id
    assert len(urls(image)) == 4
    assert not {"source", "metadata", "moderation"} & image.keys()


@pytest.mark.parametrize("named", [False, True], ids=["marker", "version"])
def test_a_deleted_upload_is_gone_everywhere(aws: OfflineAws, named: bool) -> None:
    key = f"uploads/replaced/deleted-{named}.jpg"
    first = process(aws, key, gradient_file())
    version: Any = {"VersionId": first.version_id} if named else {}
    deleted = aws.client("s3").delete_object(
        Bucket=aws.deployment.ref("UploadsBucket"), Key=key, **version
    )
    for arn in aws.delivery.executions_of(key, deleted["VersionId"]):
        ended(aws, arn)
    status, image = ask(aws, f"/images/{first.image['image_id']}")
    assert status == 200
    assert image.pop("processed_at")
    assert image.pop("created_at") == first.image["created_at"]
    assert image == {
        "image_id": first.image["image_id"],
        "status": "deleted",
        "reason": "object_deleted",
        "message": "The file was deleted; upload it again to show the picture.",
        "key": key,
        "uploaded_at": image["uploaded_at"],
    }
    assert [status_of(url) for url in urls(first.image)] == [404] * 4
    again = process(aws, key, gradient_file())
    assert again.image["status"] == "approved"


def test_a_folder_made_in_the_console_leaves_nothing(aws: OfflineAws) -> None:
    key = "uploads/replaced/folder/"
    execution = ended(aws, upload(aws, key, b""))
    assert execution.states == ("ValidateImage", "Superseded")
    assert ask(aws, f"/images?key={key}")[0] == 404
    answer = aws.client("s3").get_object_tagging(
        Bucket=aws.deployment.ref("UploadsBucket"), Key=key
    )
    assert answer["TagSet"] == []
