"""The sentence that the owner of a refused file reads: what happened, then what to do."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image, UnidentifiedImageError

from convert.decode import convert_picture
from image_pipeline.errors import Reason, ValidationError
from pictures.decode import open_picture, reading
from tests.support import bombs
from tests.support.camera_files import dng
from tests.support.heif_files import heic
from tests.support.pictures import plain_file
from validate.examine import examine
from validate.rules import check_size

if TYPE_CHECKING:
    from collections.abc import Callable

CORRUPT = "The file is damaged or incomplete; export the picture again or upload the original."
LARGE = (
    "The picture has {} pixels; at most 1,000 are accepted, and 65,535 on a side. Upload a smaller"
    " one."
)
TWELVE_BITS = (
    "The picture is a JPEG of 12 bits per channel, which no browser shows; save it as an ordinary"
    " JPEG with 8 bits."
)
RAW = dng(Image.new("RGB", (96, 64)))


def twelve_bits() -> bytes:
    data = bytearray(plain_file("JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12
    return bytes(data)


def examined(data: bytes) -> object:
    return examine(io.BytesIO(data), "uploads/a", "", 1_000)


MESSAGES: dict[str, tuple[Callable[[], object], Reason, str]] = {
    "empty": (
        lambda: check_size(0, 9_999), Reason.EMPTY, "The file is empty; upload it again.",
    ),
    "too large": (
        lambda: check_size(10_000, 9_999), Reason.TOO_LARGE,
        "The file has 10,000 bytes; at most 9,999 are accepted.",
    ),
    "corrupt": (lambda: examined(plain_file("PNG")[:20]), Reason.CORRUPT, CORRUPT),
    "corrupt WebP": (lambda: examined(plain_file("WEBP")[:-5]), Reason.CORRUPT, CORRUPT),
    "corrupt RAW": (
        lambda: convert_picture(RAW[:-1_000], "RAW", max_pixels=10_000), Reason.CORRUPT, CORRUPT,
    ),
    "corrupt HEIC": (
        lambda: convert_picture(heic()[:-20], "HEIF", max_pixels=10_000), Reason.CORRUPT, CORRUPT,
    ),
    "still": (
        lambda: examined(plain_file("PNG", (40, 30))), Reason.TOO_MANY_PIXELS,
        LARGE.format("40 × 30 = 1,200"),
    ),
    "animation": (
        lambda: examined(bombs.gif(*[(0, 0, 10, 10)] * 11)), Reason.TOO_MANY_PIXELS,
        LARGE.format("10 × 10 × 11 frames = 1,100"),
    ),
    "a RAW of an unknown camera": (
        lambda: convert_picture(b"FUJIFILMCCD-RAW " + bytes(200), "RAW", max_pixels=1_000),
        Reason.UNSUPPORTED_FORMAT,
        "The sensor data of this camera RAW cannot be read; save it as a JPEG.",
    ),
    "12 bits": (
        lambda: examined(twelve_bits()), Reason.UNSUPPORTED_FORMAT,
        TWELVE_BITS,
    ),
    "a format of a step before": (
        lambda: open_picture(heic(), "HEIF"), Reason.UNSUPPORTED_FORMAT,
        "This kind of file is not supported; upload a photo.",
    ),
    "a HEIF of another codec": (
        lambda: convert_picture(heic(coding=b"vvc1"), "HEIF", max_pixels=10_000),
        Reason.UNSUPPORTED_FORMAT,
        "This HEIF file holds no picture in HEVC, the coding of HEIC; save it as a JPEG.",
    ),
    "script": (
        lambda: examined(b"GIF89a" + b"a" * 40), Reason.TYPE_MISMATCH,
        "The file is a picture and a script at once; export the picture again.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_each_refusal_says_what_happened_and_what_to_do(name: str) -> None:
    refuse, reason, message = MESSAGES[name]
    with pytest.raises(ValidationError) as raised:
        refuse()

    assert (raised.value.reason, raised.value.message) == (reason, message)


ERRORS = [
    (OSError("x"), Reason.CORRUPT),
    (UnidentifiedImageError("x"), Reason.CORRUPT),
    (EOFError(), Reason.CORRUPT),
    (SyntaxError("x"), Reason.CORRUPT),
    (ValueError("x"), Reason.CORRUPT),
    (TypeError("x"), Reason.CORRUPT),
    (IndexError("x"), Reason.CORRUPT),
    (KeyError("x"), Reason.CORRUPT),
    (OverflowError("x"), Reason.CORRUPT),
    (ZeroDivisionError("x"), Reason.CORRUPT),
    (RuntimeError("x"), Reason.CORRUPT),
    (struct.error("x"), Reason.CORRUPT),
    (zlib.error("x"), Reason.CORRUPT),
    (MemoryError(), Reason.TOO_EXPENSIVE),
    (Image.DecompressionBombError("x"), Reason.TOO_MANY_PIXELS),
]


@pytest.mark.parametrize(
    ("error", "reason"), ERRORS, ids=[type(each).__name__ for each, _ in ERRORS]
)
def test_each_error_of_a_decoder_is_a_refusal(error: Exception, reason: Reason) -> None:
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(ValidationError) as raised, reading():
        raise error

    assert raised.value.reason is reason
    assert raised.value.__cause__ is error
    assert before == Image.MAX_IMAGE_PIXELS


def test_an_error_of_the_code_is_not_a_refusal() -> None:
    with pytest.raises(AttributeError), reading():
        raise AttributeError("a bug")
