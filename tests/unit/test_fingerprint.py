"""The fingerprint tells what changed since an outcome was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from image_pipeline.fingerprint import (
    Change,
    Fingerprint,
    ProcessingSettings,
    fingerprint,
    what_changed,
)

BEFORE = ProcessingSettings(
    renditions="thumbnail=150x150:cover:webp,large=1920x1080:inside:webp",
    store_gps=False,
    moderation_provider="REKOGNITION",
    moderation_adapter_arn=None,
    moderation_review_confidence=60,
    moderation_reject_confidence=95,
    moderation_ignored_labels=("Smoking", "Alcohol"),
)
NOW = fingerprint(BEFORE)


def record(status: str = "approved", **facts: Any) -> dict[str, Any]:
    return {
        "status": status,
        "moderation": {"verdict": status, "labels": [], "model_version": "7.0"},
        "fingerprint": NOW._asdict(),
        **facts,
    }


@pytest.mark.parametrize(
    ("part", "setting"),
    [
        ("renditions", {"renditions": "thumbnail=150x150:cover:webp"}),
        ("metadata", {"store_gps": True}),
        ("policy", {"moderation_provider": "NONE"}),
        ("policy", {"moderation_review_confidence": 60.5}),
        ("policy", {"moderation_reject_confidence": 90}),
        ("policy", {"moderation_ignored_labels": ("Smoking",)}),
        ("engine", {"moderation_adapter_arn": "arn:aws:rekognition:::project/p/version/v/1"}),
    ],
)
def test_a_setting_changes_its_part_and_no_other(part: str, setting: dict[str, Any]) -> None:
    changed = fingerprint(replace(BEFORE, **setting))
    assert [
        name for name in Fingerprint._fields if getattr(changed, name) != getattr(NOW, name)
    ] == [part]


@pytest.mark.parametrize(
    "setting",
    [
        {"renditions": BEFORE.renditions.replace(",", " ,  ")},
        {"moderation_ignored_labels": ("Alcohol", "Smoking", "Alcohol")},
        {"moderation_review_confidence": 60.0},
        {"moderation_adapter_arn": ""},
    ],
)
def test_another_spelling_changes_nothing(setting: dict[str, Any]) -> None:
    assert fingerprint(replace(BEFORE, **setting)) == NOW


@pytest.mark.parametrize(
    ("setting", "change"),
    [
        ({}, Change.SKIP),
        ({"renditions": "one=1x1:cover:webp"}, Change.RENDITIONS),
        ({"moderation_review_confidence": 50}, Change.JUDGE),
        ({"moderation_adapter_arn": "arn:a"}, Change.JUDGE),
        ({"renditions": "one=1x1:cover:webp", "moderation_review_confidence": 50}, Change.ALL),
        ({"store_gps": True}, Change.ALL),
    ],
)
@pytest.mark.parametrize("status", ["approved", "review"])
def test_what_changed_follows_the_settings(
    status: str, setting: dict[str, Any], change: Change
) -> None:
    assert what_changed(record(status), fingerprint(replace(BEFORE, **setting))) == change


def test_a_rejected_image_has_no_renditions_that_change() -> None:
    changed = fingerprint(replace(BEFORE, renditions="one=1x1:cover:webp"))
    assert what_changed(record("rejected"), changed) == Change.SKIP


def test_an_outcome_of_an_older_release_has_changed_everywhere() -> None:
    older = record()
    del older["fingerprint"]
    assert what_changed(older, NOW) == Change.ALL


def test_an_outcome_without_an_answer_of_moderation_is_judged() -> None:
    partial = {
        name: digest for name, digest in NOW._asdict().items() if name in {"renditions", "metadata"}
    }
    assert what_changed(record("review", fingerprint=partial), NOW) == Change.JUDGE


def test_labels_of_another_model_are_judged_again() -> None:
    assert what_changed(record(), NOW, "7.0") == Change.SKIP
    assert what_changed(record(), NOW, "7.1") == Change.JUDGE


def test_a_failed_image_is_processed_again() -> None:
    assert what_changed({"status": "failed"}, NOW) == Change.ALL


@pytest.mark.parametrize("status", ["pending", "processing", "deleted", "rejected"])
def test_an_image_without_an_outcome_of_the_steps_is_skipped(status: str) -> None:
    assert what_changed({"status": status}, NOW) == Change.SKIP
