"""How pictures are encoded and stored: every setting that a reader of the bucket can see."""

from __future__ import annotations

import base64
import hashlib
import io
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, JpegImagePlugin

from convert.decode import convert_picture
from image_pipeline import aws
from pictures.jxl.encoder import encode as encode_jxl
from tests.support.camera_files import dng
from tests.support.heif_files import heic
from tests.support.pictures import file_of, photo, picture_of, plain_file
from thumbnail.encode import Format
from thumbnail.renditions import parse_specs, pixels_of, render

from .conftest import RENDITIONS
from .step_calls import call, image_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSPreparedRequest

    from .conftest import Account, Context

SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    # Below 100,000 pixels the better method costs next to nothing.
    "small WebP": ("316x316:cover:webp:71", {"quality": 71, "method": 4}),
    "large WebP": ("400x250:cover:webp:71", {"quality": 71, "method": 2}),
    "JPEG": ("200x150:cover:jpeg:71", {"quality": 71, "optimize": True, "progressive": True}),
    "PNG": ("200x150:cover:png", {"compress_level": 4}),
    "AVIF": (
        "200x150:cover:avif:71",
        {"quality": 71, "speed": 9, "max_threads": 1, "advanced": {"tune": "ssim"}},
    ),
    "JPEG XL": ("200x150:cover:jxl:71", {"quality": 71, "effort": 3}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_each_format_is_encoded_with_its_settings(name: str) -> None:
    spec, settings = SETTINGS[name]
    data, specs = file_of(photo((640, 480))), parse_specs(f"it={spec}")
    (image,) = pixels_of(data, specs)
    image.info = {}

    (made,) = render(data, specs)

    save = encode_jxl if name == "JPEG XL" else partial(file_of, format_name=spec.split(":")[2])
    assert made.data == save(image, **settings)


def test_the_settings_of_every_format_are_tested() -> None:
    assert {spec.split(":")[2] for spec, _ in SETTINGS.values()} == set(Format)


def test_a_jpeg_rendition_is_progressive() -> None:
    (made,) = render(file_of(photo((640, 480))), parse_specs("it=200x150:cover:jpeg"))

    assert picture_of(made.data).info.get("progressive") == 1


@pytest.mark.parametrize(
    ("format_name", "quality"),
    [("webp", 80), ("jpeg", 80), ("png", 100), ("avif", 65), ("jxl", 76)],
)
def test_the_default_qualities_look_about_the_same(format_name: str, quality: int) -> None:
    (spec,) = parse_specs(f"a=10x10:cover:{format_name}")

    assert spec.quality == quality


QUALITY_92 = JpegImagePlugin.JpegImageFile(
    io.BytesIO(file_of(Image.new("RGB", (16, 16)), "JPEG", quality=92))
).quantization
FULL, HALF = 0, 2
"""Pillow's numbers for 4:4:4 and 4:2:0."""


@pytest.mark.parametrize(
    ("data", "format_name", "sampling"),
    [
        (heic(), "HEIF", HALF),
        (heic(full_chroma=True), "HEIF", FULL),
        (dng(photo((96, 64))), "RAW", HALF),
    ],
    ids=["HEIC of 4:2:0", "HEIC of 4:4:4", "RAW"],
)
def test_a_converted_picture_keeps_the_chroma_that_its_source_has(
    data: bytes, format_name: str, sampling: int
) -> None:
    converted = convert_picture(data, format_name, max_pixels=10_000)

    jpeg = JpegImagePlugin.JpegImageFile(io.BytesIO(converted.data))
    assert JpegImagePlugin.get_sampling(jpeg) == sampling
    assert jpeg.quantization == QUALITY_92
    assert "progressive" not in jpeg.info  # which would be unpacked twice


# ------------------------------------------------------------------------------- as stored
@pytest.fixture
def checksums(account: Account) -> Iterator[dict[str, bytes]]:
    """The SHA-256 that S3 is told to verify for each key that is written, from now on."""
    told: dict[str, bytes] = {}

    def note(request: AWSPreparedRequest, **_: object) -> None:
        told[request.url.rpartition("/")[2]] = base64.b64decode(
            request.headers["x-amz-checksum-sha256"]
        )

    events = aws.s3().meta.events
    events.register("before-send.s3.PutObject", note)
    yield told
    events.unregister("before-send.s3.PutObject", note)


def stored(account: Account) -> dict[str, Any]:
    """Headers and content of each object in the renditions bucket, by the end of its key."""
    return {
        key.rpartition("/")[2]: account.s3.get_object(Bucket=RENDITIONS, Key=key)
        for key in account.rendition_keys()
    }


def assert_is_stored_as(found: Any, content_type: str, sha256: bytes) -> bytes:
    data: bytes = found["Body"].read()
    assert found["ContentType"] == content_type
    assert found["CacheControl"] == "private, max-age=0"
    assert sha256 == hashlib.sha256(data).digest()
    return data


def test_each_rendition_is_stored_under_its_name(account: Account, context: Context) -> None:
    image = image_of(account, plain_file("PNG", (400, 300)), "PNG")

    call("thumbnail", image, context)

    found = stored(account)
    assert found.keys() == {"thumbnail.webp", "preview.jpg"}
    assert picture_of(found["thumbnail.webp"]["Body"].read()).size == (150, 150)
    assert picture_of(found["preview.jpg"]["Body"].read()).size == (320, 240)


@pytest.mark.parametrize(
    ("format_name", "extension", "content_type"),
    [
        ("webp", "webp", "image/webp"),
        ("jpeg", "jpg", "image/jpeg"),
        ("png", "png", "image/png"),
        ("avif", "avif", "image/avif"),
        ("jxl", "jxl", "image/jxl"),
    ],
)
def test_each_format_is_stored_under_its_extension_and_type(
    account: Account,
    context: Context,
    checksums: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    format_name: str,
    extension: str,
    content_type: str,
) -> None:
    monkeypatch.setattr("thumbnail.handler.specs", parse_specs(f"it=20x20:cover:{format_name}"))

    answer = call("thumbnail", image_of(account, plain_file("PNG"), "PNG"), context)

    ((name, found),) = stored(account).items()
    data = assert_is_stored_as(found, content_type, checksums[name])
    (told,) = answer["renditions"]
    assert name == f"it.{extension}"
    assert (told["content_type"], told["bytes"]) == (content_type, len(data))
    assert (told["width"], told["height"], told["name"]) == (20, 20, "it")
    assert told["version_id"] == found["VersionId"]


@pytest.mark.parametrize(
    ("with_alpha", "format_name", "content_type", "file"),
    [(False, "JPEG", "image/jpeg", "converted.jpg"), (True, "PNG", "image/png", "converted.png")],
)
def test_a_converted_picture_is_stored_like_a_rendition(
    account: Account,
    context: Context,
    checksums: dict[str, bytes],
    with_alpha: bool,
    format_name: str,
    content_type: str,
    file: str,
) -> None:
    answer = call("convert", image_of(account, heic(with_alpha=with_alpha), "HEIF"), context)

    ((name, found),) = stored(account).items()
    data = assert_is_stored_as(found, content_type, checksums[name])
    assert name == file
    assert (answer["format"], answer["bytes"]) == (format_name, len(data))
    assert answer["object"] == {"bucket": RENDITIONS, "key": account.rendition_keys().pop()}
