"""What people and programs are told about an outcome."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline.errors import Reason
from image_pipeline.notification import WORDS, notification
from image_pipeline.status import Status

OPEN = {Status.PENDING, Status.PROCESSING}


def message_of(status: str, key: str = "uploads/photo.jpg", **explanation: str) -> dict[str, Any]:
    return {
        "id": f"5ckxvam4h5m3v2i7bbvu5coi3h/3sL4/{status}",
        "image_id": "5ckxvam4h5m3v2i7bbvu5coi3h",
        "status": status,
        **explanation,
        "key": key,
        "version_id": "3sL4",
        "sequencer": "0A",
        "uploaded_at": "2026-05-01T12:00:00Z",
    }


def test_every_outcome_has_words() -> None:
    assert {str(status) for status in Status if status not in OPEN} <= WORDS.keys()


@pytest.mark.parametrize("status", WORDS)
def test_the_body_for_programs_is_the_message_itself(status: str) -> None:
    message = message_of(status, reason="corrupt", message="Export it again.")
    told = notification(message)
    assert told["message"] is message
    assert (told["status"], told["reason"]) == (status, "corrupt")
    assert notification(message_of(status))["reason"] == "none"


@pytest.mark.parametrize("status", WORDS)
@pytest.mark.parametrize("reason", [None, *Reason])
def test_a_subject_is_short_ascii_without_words_of_the_uploader(
    status: str, reason: str | None
) -> None:
    explanation = {"reason": reason} if reason else {}
    subject = notification(message_of(status, "uploads/\nsecret", **explanation))["subject"]
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= 100
    assert "secret" not in subject
    assert status.removesuffix("ed") in subject.lower()


def test_a_mail_says_what_happened_to_which_upload_and_what_to_do() -> None:
    message = message_of("rejected", reason="corrupt", message="It is damaged; export it again.")
    assert notification(message)["email"] == (
        'The upload "uploads/photo.jpg" was rejected. It is damaged; export it again.'
        " It cannot be seen.\n"
        "\n"
        "Image: 5ckxvam4h5m3v2i7bbvu5coi3h\n"
        "Reason: corrupt\n"
        "Uploaded at: 2026-05-01T12:00:00Z\n"
    )


def test_a_mail_shows_a_key_on_one_line_within_its_quotes() -> None:
    key = 'uploads/a"\r\n\n\u202eSee https://example.com'
    first, *_ = notification(message_of("approved", key))["email"].splitlines()
    assert first.startswith("The upload \"uploads/a'")
    assert first.count('"') == 2
    assert 'See https://example.com" was approved.' in first
