"""A picture of every format through the whole pipeline, and what its users get to see."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from PIL import Image

from image_pipeline.attribute_values import decode_item
from image_pipeline.config import load
from image_pipeline.fingerprint import ProcessingSettings, fingerprint, what_changed
from local.aws.signatures import RefusedError, check_presigned
from tests.integration.story import (
    ask,
    download,
    notification_of,
    process,
    rendition_keys,
    tags,
)
from tests.support.camera_files import dng
from tests.support.heif_files import HEIC_SIZE, heic
from tests.support.pictures import gradient_file, quarters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws.offline import OfflineAws


DECODED = [
    "ValidateImage",
    "CheckFormat",
    "ProcessInParallel",
    "GenerateThumbnail",
    "ExtractMetadata",
    "RunModeration",
    "StoreResults",
    "NotifyUser",
]
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_approved_with_its_renditions(aws: OfflineAws, name: str) -> None:
    data = gradient_file(name)
    story = process(aws, f"uploads/formats/{name.lower()}", data)
    assert sorted(story.execution.states) == sorted(DECODED)
    assert story.image["status"] == "approved", story.image
    source = story.image["source"]
    assert (source["format"], source["width"], source["height"]) == (name, 400, 300)
    assert source["bytes"] == len(data)
    assert source["sha256"] == hashlib.sha256(data).hexdigest()
    assert source["version_id"] == story.version_id
    sizes = {made["name"]: (made["width"], made["height"]) for made in story.image["renditions"]}
    assert sizes == {
        "thumbnail": (150, 150),
        "medium": (400, 300),
        "large": (400, 225),
        "preview": (320, 240),
    }
    placeholder = story.image["placeholder"]
    assert placeholder.keys() == {"blurhash", "dominant_color", "difference_hash"}


@pytest.mark.parametrize(
    ("key", "data", "name", "size"),
    [
        ("uploads/phone.heic", heic(quarter_turns=1), "HEIF", HEIC_SIZE[::-1]),
        ("uploads/camera.dng", dng(quarters(), orientation=6), "RAW", HEIC_SIZE[::-1]),
    ],
    ids=["HEIC", "RAW"],
)
def test_converted_formats_come_out_upright(
    aws: OfflineAws, key: str, data: bytes, name: str, size: tuple[int, int]
) -> None:
    story = process(aws, key, data)
    assert story.image["status"] == "approved", story.image
    assert story.execution.states[2] == "ConvertToJPEG"
    source = story.image["source"]
    assert (source["format"], (source["width"], source["height"])) == (name, size)
    assert source["sha256"] == hashlib.sha256(data).hexdigest()
    preview = next(made for made in story.image["renditions"] if made["name"] == "preview")
    assert (preview["width"] > preview["height"]) == (size[0] > size[1])
    assert not any("converted" in key for key in rendition_keys(aws, story.image["image_id"]))


def test_a_heic_with_alpha_has_transparent_renditions(aws: OfflineAws) -> None:
    story = process(aws, "uploads/cut-out.heic", heic(with_alpha=True))
    assert story.image["status"] == "approved", story.image
    assert story.image["metadata"]["has_alpha"] is True
    large = next(made for made in story.image["renditions"] if made["name"] == "large")
    with Image.open(io.BytesIO(download(large["url"]))) as shown:
        assert shown.mode == "RGBA"
        assert shown.getpixel((shown.width // 4, shown.height // 4))[3] == 0  # type: ignore[index]
        assert shown.getpixel((shown.width * 3 // 4, shown.height // 4))[3] == 255  # type: ignore[index]
    assert not any("converted" in key for key in rendition_keys(aws, story.image["image_id"]))


def test_urls_return_the_renditions_that_the_api_describes(aws: OfflineAws) -> None:
    story = process(aws, "uploads/urls.jpg", gradient_file(), "image/jpeg")
    for described in story.image["renditions"]:
        data = download(described["url"])
        assert len(data) == described["bytes"]
        with Image.open(io.BytesIO(data)) as opened:
            assert opened.size == (described["width"], described["height"])
            assert Image.MIME[opened.format or ""] == described["content_type"]
    assert len(rendition_keys(aws, story.image["image_id"])) == 4


def test_only_the_reader_keeps_a_rendition_and_for_no_longer_than_its_url_lives(
    aws: OfflineAws,
) -> None:
    (described, *_) = process(aws, "uploads/kept.jpg", gradient_file()).image["renditions"]
    with urllib.request.urlopen(described["url"], timeout=10) as response:
        assert response.headers["Cache-Control"] == "private, max-age=900, immutable"


def test_a_url_returns_one_version_until_that_version_is_replaced(
    aws: OfflineAws,
) -> None:
    first = process(aws, "uploads/bound.jpg", gradient_file()).image
    bucket, s3 = aws.deployment.ref("RenditionsBucket"), aws.client("s3")
    described = first["renditions"][0]
    given = download(described["url"])
    (key,) = (key for key in rendition_keys(aws, first["image_id"]) if described["name"] in key)
    s3.put_object(Bucket=bucket, Key=key, Body=b"overwritten")
    assert download(described["url"]) == given
    for tampered in (
        described["url"].replace("versionId=", "versionId=x"),
        described["url"].replace(described["name"], "other"),
        described["url"].replace("X-Amz-Expires=900", "X-Amz-Expires=9000"),
        described["url"].replace("max-age%3D900", "max-age%3D9000"),
    ):
        assert tampered != described["url"]
        with pytest.raises(urllib.error.HTTPError, match="403"):
            download(tampered)
    second = process(aws, "uploads/bound.jpg", gradient_file("JPEG", (300, 400))).image
    assert second["renditions"][0]["url"] != described["url"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        download(described["url"])


def test_urls_expire_when_the_api_says(aws: OfflineAws) -> None:
    described = process(aws, "uploads/expiring.jpg", gradient_file()).image["renditions"][0]
    host = {"host": aws.s3_url.removeprefix("http://")}
    expires_at = datetime.fromisoformat(described["expires_at"])
    check_presigned("GET", described["url"], host, expires_at - timedelta(seconds=5))
    with pytest.raises(RefusedError, match="expired"):
        check_presigned("GET", described["url"], host, expires_at + timedelta(seconds=5))


def test_an_image_has_nothing_to_redo_while_no_setting_changes(aws: OfflineAws) -> None:
    image = process(aws, "uploads/done.jpg", gradient_file()).image
    item = aws.client("dynamodb").get_item(
        TableName=aws.deployment.ref("ImagesTable"), Key={"image_id": {"S": image["image_id"]}}
    )
    record = decode_item(item["Item"])
    steps = ("ThumbnailFunction", "MetadataFunction", "ModerateFunction")
    variables = {
        name: str(value)
        for step in steps
        for name, value in aws.deployment.functions[step].environment.items()
    }
    settings = load(ProcessingSettings, variables)
    assert what_changed(record, fingerprint(settings)) == "skip"
    fewer = replace(settings, renditions="one=10x10:cover:webp")
    assert what_changed(record, fingerprint(fewer)) == "renditions"
    stricter = replace(settings, moderation_review_confidence=1.0)
    assert what_changed(record, fingerprint(stricter)) == "judge"


def test_the_answer_has_the_documented_shape(aws: OfflineAws) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 1", 6
    data = gradient_file("JPEG", exif=exif, dpi=(300, 300))
    image = process(aws, "uploads/shape.jpg", data, "image/jpeg").image
    assert image["key"] == "uploads/shape.jpg"
    assert image["uploaded_at"].endswith("Z")
    assert image["processed_at"] >= image["uploaded_at"][:19]
    assert image["source"]["content_type"] == "image/jpeg"
    assert (image["source"]["width"], image["source"]["height"]) == (300, 400)
    metadata = image["metadata"]
    assert (metadata["width"], metadata["height"], metadata["orientation"]) == (300, 400, 6)
    assert metadata["camera"] == {"make": "Maker", "model": "Model 1"}
    assert metadata["mode"] == "RGB"
    assert (metadata["frames"], metadata["animated"], metadata["has_alpha"]) == (1, False, False)
    assert metadata["dpi"] == [300, 300]
    assert image["moderation"]["verdict"] == "approved"
    assert image["moderation"]["labels"] == []
    assert image["moderation"]["model_version"]
    assert "reason" not in image


@pytest.mark.parametrize(
    "key",
    [
        "uploads/a+b c%20é/ü.jpg",
        "uploads/..%2f%2e%2e/../../x.jpg",
        "uploads//./etc/passwd",
        "uploads/line\r\nSet-Cookie: a=b\r\n\r\n.jpg",
        "uploads/\x00nul\x1b[31m\x7f\x85.jpg",
        "uploads/" + "ß" * 508,  # the longest key
        "uploads/right\u202eto\u2066 left\u200f\ufeff.jpg",
        "uploads/<script>alert('x')</script>&\"\\.jpg",
        "uploads/$.States.Format('{}')${x}#🏞️",
    ],
)
def test_awkward_keys_are_ordinary_keys(
    aws: OfflineAws, messages: Callable[[], list[dict[str, Any]]], key: str
) -> None:
    with logged() as lines:
        story = process(aws, key, gradient_file())
    image_id = story.image["image_id"]
    assert story.image["status"] == "approved", story.image
    assert story.image["key"] == key
    status, by_id = ask(aws, f"/images/{image_id}")
    assert (status, by_id["key"]) == (200, key)
    # No name of a rendition contains any part of the key.
    assert {made.rpartition("/")[0] for made in rendition_keys(aws, image_id)} == {
        f"{image_id}/{story.version_id}"
    }
    assert all(download(made["url"]) for made in story.image["renditions"])
    (message,) = [each for each in messages() if each["body"]["key"] == key]
    assert message["attributes"] == {"status": "approved", "reason": "none"}
    # Keys are never logged, and every log entry is one line.
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert len(entries) >= 1
    assert not [entry for entry in entries if key in str(entry.values())]


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Collect the log lines of the functions."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(LambdaPowertoolsFormatter())
    logger = logging.getLogger("image-pipeline")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def test_a_second_upload_of_a_key_replaces_the_first(aws: OfflineAws) -> None:
    first = process(aws, "uploads/again.jpg", gradient_file("JPEG", (200, 100)))
    second = process(aws, "uploads/again.jpg", gradient_file("PNG", (100, 200)))
    assert first.image["image_id"] == second.image["image_id"]
    assert second.image["source"]["format"] == "PNG"
    assert all(second.version_id in key for key in rendition_keys(aws, second.image["image_id"]))


@pytest.mark.parametrize(
    ("name", "data", "labels", "status"),
    [
        ("approved", gradient_file(), "Violence=40", "approved"),
        ("doubtful", gradient_file(), "Violence=70", "review"),
        ("forbidden", gradient_file(), "Violence=97.5", "rejected"),
        ("empty", b"", "Violence=40", "rejected"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_subscribers_are_notified_once_of_the_whole_outcome(
    aws: OfflineAws,
    messages: Callable[[], list[dict[str, Any]]],
    name: str,
    data: bytes,
    labels: str,
    status: str,
) -> None:
    key = f"uploads/notified/{name}.jpg"
    story = process(aws, key, data, local_moderation=labels)
    assert story.image["status"] == status
    assert ("reason" in story.image) == ("message" in story.image) == (status != "approved")
    told = [message for message in messages() if message["body"]["key"] == key]
    assert told == [notification_of(aws, story)]


@pytest.mark.parametrize(
    ("labels", "status", "kept"),
    [
        ("Explicit Nudity=97.5", "rejected", 0),
        ("Violence=70", "review", 4),
        ("Violence=40", "approved", 4),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "GIF"])
def test_moderation_decides(
    aws: OfflineAws, name: str, labels: str, status: str, kept: int
) -> None:
    key = f"uploads/moderated-{name}-{status}"
    story = process(aws, key, gradient_file(name), local_moderation=labels)
    assert story.image["status"] == status
    assert ("renditions" in story.image) == (status == "approved")
    assert len(rendition_keys(aws, story.image["image_id"])) == kept
    assert bool(tags(aws, story)) == (status == "rejected")
    if status != "approved":
        assert story.image["reason"].startswith("moderation_")
        assert story.image["moderation"]["labels"][0]["confidence"] >= 70


def test_an_unknown_id_is_not_found_and_a_malformed_one_refused(aws: OfflineAws) -> None:
    assert ask(aws, f"/images/{'a' * 26}")[0] == 404
    assert ask(aws, "/images/not-an-id")[0] == 400
