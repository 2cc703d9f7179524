from __future__ import annotations

import pytest

from image_pipeline.errors import Reason, ValidationError
from pictures.formats import FORMATS
from validate.rules import check_declared, check_dimensions, check_size, unknown_format


@pytest.mark.parametrize(("size", "reason"), [(0, Reason.EMPTY), (101, Reason.TOO_LARGE)])
def test_empty_and_too_large_files_are_refused(size: int, reason: Reason) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_size(size, limit=100)
    assert refusal.value.reason is reason


@pytest.mark.parametrize("size", [1, 100])
def test_files_up_to_the_limit_are_accepted(size: int) -> None:
    try:
        check_size(size, limit=100)
    except ValidationError as error:
        pytest.fail(str(error))


@pytest.mark.parametrize(
    ("width", "height", "frames", "reason"),
    [
        (0, 5, 1, Reason.CORRUPT),
        (5, 0, 1, Reason.CORRUPT),
        (1001, 1000, 1, Reason.TOO_MANY_PIXELS),
        (100, 100, 101, Reason.TOO_MANY_PIXELS),
        (65_536, 1, 1, Reason.TOO_MANY_PIXELS),
    ],
)
def test_absurd_dimensions_are_refused(
    width: int, height: int, frames: int, reason: Reason
) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_dimensions(width, height, frames, max_pixels=1_000_000)
    assert refusal.value.reason is reason


def test_the_refusal_of_many_frames_shows_the_arithmetic() -> None:
    with pytest.raises(ValidationError, match=r"100 × 100 × 101 frames = 1,010,000 pixels"):
        check_dimensions(100, 100, 101, max_pixels=1_000_000)


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        ("uploads/a.jpg", "image/jpeg"),
        ("uploads/a.JPEG", "IMAGE/JPEG; charset=binary"),
        ("uploads/a", ""),
        ("uploads/a.b/c", "binary/octet-stream"),
        ("uploads/holiday 1.5.2026", "application/octet-stream"),
    ],
)
def test_a_correct_or_missing_declaration_gives_no_warning(key: str, content_type: str) -> None:
    assert check_declared(key, content_type, FORMATS["JPEG"]) == ()


def test_a_picture_declared_as_another_format_gives_warnings() -> None:
    extension, content_type = check_declared("uploads/a.png", "image/webp", FORMATS["JPEG"])
    assert ".png" in extension
    assert "image/webp" in content_type


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        ("uploads/a.html", "image/jpeg"),
        ("uploads/a.SVG", ""),
        ("uploads/a.jpg", "text/html"),
        ("uploads/a.jpg", "image/svg+xml; charset=utf-8"),
        ("uploads/a.js", "text/javascript"),
    ],
)
def test_a_picture_declared_as_executable_by_browsers_is_refused(
    key: str, content_type: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        check_declared(key, content_type, FORMATS["JPEG"])
    assert refusal.value.reason is Reason.TYPE_MISMATCH


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\n <svg xmlns=", "SVG"),
        (b"\x00\x00\x00\x18ftypmp42", "video"),
        (b"hello", "not a picture"),
    ],
)
def test_the_refusal_of_an_unsupported_file_guesses_its_kind(head: bytes, word: str) -> None:
    refusal = unknown_format(head)
    assert refusal.reason is Reason.UNSUPPORTED_FORMAT
    assert word in refusal.message
    assert "HEIF" in refusal.message
