"""Examination of real files by their headers; nothing is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import pytest
from PIL import Image

from image_pipeline.errors import Reason, ValidationError
from image_pipeline.s3_file import S3File
from tests.support import bombs
from tests.support.camera_files import dng
from tests.support.heif_files import heic
from tests.support.pictures import plain_file
from validate.examine import examine

if TYPE_CHECKING:
    from .conftest import Account

ORIENTATION = 0x0112


def frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (40, 30), (index * 9, 0, 0)) for index in range(1, count)]


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


def facts_of(data: bytes, key: str = "uploads/a", content_type: str = "") -> Any:
    return examine(io.BytesIO(data), key, content_type, max_pixels=1_000_000)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
def test_format_and_size_come_from_the_content_not_the_name(name: str) -> None:
    facts = facts_of(plain_file(name), key="uploads/photo")
    assert (facts.format, facts.width, facts.height, facts.frames) == (name, 40, 30, 1)


@pytest.mark.parametrize("name", ["WEBP", "PNG", "GIF", "TIFF", "AVIF"])
def test_frames_are_counted(name: str) -> None:
    data = plain_file(name, save_all=True, append_images=frames(3), duration=100)
    assert facts_of(data).frames == 3


@pytest.mark.parametrize("lossless", [True, False])
def test_lossy_and_lossless_webp_are_read(lossless: bool) -> None:
    facts = facts_of(plain_file("WEBP", (123, 45), lossless=lossless))
    assert (facts.width, facts.height) == (123, 45)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [3, 6])
def test_the_size_is_the_displayed_one(name: str, orientation: int) -> None:
    facts = facts_of(plain_file(name, exif=exif(orientation)))
    assert (facts.width, facts.height) == ((30, 40) if orientation == 6 else (40, 30))


def test_the_pixels_of_all_frames_count() -> None:
    data = plain_file("GIF", (400, 300), save_all=True, append_images=frames(10))
    with pytest.raises(ValidationError) as refusal:
        facts_of(data)
    assert refusal.value.reason is Reason.TOO_MANY_PIXELS


def test_a_bomb_is_refused_by_the_size_it_claims() -> None:
    bomb = bytearray(plain_file("PNG"))
    bomb[16:24] = struct.pack(">II", 60_000, 60_000)
    bomb[29:33] = struct.pack(">I", zlib.crc32(bytes(bomb[12:29])))
    with pytest.raises(ValidationError) as refusal:
        facts_of(bytes(bomb))
    assert refusal.value.reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF"])
@pytest.mark.parametrize("length", [20, 30])
def test_a_truncated_header_is_corrupt(name: str, length: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        facts_of(plain_file(name)[:length])
    assert refusal.value.reason is Reason.CORRUPT


@pytest.mark.parametrize(
    "data",
    [b"x", b"%PDF-1.7", b"<svg/>", b"\x00\x00\x00\x18ftypisom" + bytes(16), b"BM hello"],
)
def test_other_files_are_unsupported(data: bytes) -> None:
    with pytest.raises(ValidationError) as refusal:
        facts_of(data)
    assert refusal.value.reason is Reason.UNSUPPORTED_FORMAT


def test_a_wrong_extension_gives_a_warning_and_the_true_format() -> None:
    facts = facts_of(plain_file("PNG"), "uploads/a.jpg", "image/jpeg")
    assert facts.format == "PNG"
    assert len(facts.warnings) == 2


FILES = {
    "JPEG": (plain_file("JPEG"), "image/jpeg"),
    "PNG": (plain_file("PNG"), "image/png"),
    "GIF": (plain_file("GIF"), "image/gif"),
    "WEBP": (plain_file("WEBP"), "image/webp"),
    "TIFF": (plain_file("TIFF"), "image/tiff"),
    "BMP": (plain_file("BMP"), "image/bmp"),
    "JPEG2000": (plain_file("JPEG2000"), "image/jp2"),
    "ICO": (bombs.icon(((40, 30), plain_file("PNG"))), "image/vnd.microsoft.icon"),
    "AVIF": (plain_file("AVIF"), "image/avif"),
    "HEIF": (heic(), "image/heic"),
    "RAW": (dng(Image.new("RGB", (40, 30))), "image/x-raw"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_recorded_under_its_media_type(name: str) -> None:
    data, content_type = FILES[name]
    facts = facts_of(data)

    assert (facts.format, facts.content_type, facts.warnings) == (name, content_type, ())


@pytest.mark.parametrize("name", [name for name in FILES if name != "GIF"])
def test_the_header_of_a_file_takes_one_request(account: Account, name: str) -> None:
    """The frames of a GIF are all over the file."""
    data = FILES[name][0] + bytes(2_000_000)
    file = S3File(account.upload("uploads/a", data), len(data))

    assert examine(cast("BinaryIO", file), "uploads/a", "", 1_000_000).format == name
    assert file.fetched == 64 * 1024


def test_a_large_tiff_with_its_directory_at_the_end_is_not_downloaded(account: Account) -> None:
    # 4,000 × 3,000 × 3 bytes of pixels come before the directory that describes them.
    width, height = 4000, 3000
    pixels = bytes(width * height * 3)
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (277, 3, 1, 3),
        (278, 4, 1, height),
        (279, 4, 1, len(pixels)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    data = struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels + directory + bytes(4)
    file = S3File(account.upload("uploads/scan.tif", data, "image/tiff"), len(data))
    facts = examine(cast("BinaryIO", file), "uploads/scan.tif", "image/tiff", 100_000_000)
    assert (facts.format, facts.width, facts.height) == ("TIFF", width, height)
    assert file.fetched < 300_000
