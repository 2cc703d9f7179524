"""What is kept of Rekognition's answer: every field of a label, and which labels decide."""

from __future__ import annotations

from typing import Any

import pytest

from image_pipeline.moderation import Label
from moderate.verdict import Policy, judge

POLICY = Policy(review_confidence=60, reject_confidence=95)


def answer(*labels: dict[str, Any], version: str = "7.0") -> dict[str, Any]:
    return {"ModerationLabels": list(labels), "ModerationModelVersion": version}


def test_a_label_is_kept_with_its_parent_level_and_rounded_confidence() -> None:
    entry = {"Name": "Pills", "ParentName": "Drugs", "TaxonomyLevel": 3, "Confidence": 71.23456}

    assert judge([answer(entry)], POLICY).labels == (Label("Pills", "Drugs", 3, 71.23),)


@pytest.mark.parametrize(
    ("entry", "parent", "level"),
    [
        ({"Name": "Drugs", "Confidence": 1}, "", 1),
        ({"Name": "Drugs", "ParentName": "", "Confidence": 1}, "", 1),
        ({"Name": "Pills", "ParentName": "Drugs", "Confidence": 1}, "Drugs", 2),
    ],
)
def test_an_older_model_tells_no_level_but_a_parent(
    entry: dict[str, Any], parent: str, level: int
) -> None:
    assert judge([answer(entry)], POLICY).labels == (Label(entry["Name"], parent, level, 1.0),)


def test_labels_are_sorted_by_confidence_and_then_by_name() -> None:
    entries = [
        {"Name": name, "Confidence": confidence}
        for name, confidence in (("B", 20), ("C", 30), ("A", 20))
    ]

    assert [label.name for label in judge([answer(*entries)], POLICY).labels] == ["C", "A", "B"]


def test_the_higher_confidence_of_two_frames_is_kept_in_either_order() -> None:
    low, high = (
        answer({"Name": "A", "ParentName": parent, "Confidence": confidence})
        for parent, confidence in (("low", 10), ("high", 20))
    )

    for answers in ([low, high], [high, low]):
        assert judge(answers, POLICY).labels == (Label("A", "high", 2, 20.0),)


def test_of_equal_confidences_the_first_frame_is_kept() -> None:
    first, second = (
        answer({"Name": "A", "ParentName": parent, "Confidence": 10}) for parent in ("1st", "2nd")
    )

    assert judge([first, second], POLICY).labels[0].parent == "1st"


def test_the_version_of_the_model_is_that_of_the_first_answer() -> None:
    found = judge([answer(version="6.1"), answer(version="7.0")], POLICY)

    assert found.model_version == "6.1"


@pytest.mark.parametrize(
    ("confidence", "reason"),
    [(95, "moderation_rejected"), (60, "moderation_review"), (59.99, None)],
)
def test_the_verdict_says_why(confidence: float, reason: str | None) -> None:
    found = judge([answer({"Name": "A", "Confidence": confidence})], POLICY)

    assert found.reason == reason
    assert [label.name for label in found.labels] == ["A"]


@pytest.mark.parametrize("level", [0, 4])
def test_a_level_that_is_not_in_the_taxonomy_decides_nothing(level: int) -> None:
    entry = {"Name": "A", "ParentName": "B", "TaxonomyLevel": level, "Confidence": 99}

    assert judge([answer(entry)], POLICY).verdict == "approved"


def test_a_category_decides_where_none_of_its_labels_was_found() -> None:
    category = {"Name": "Violence", "TaxonomyLevel": 1, "Confidence": 97}
    other = {"Name": "Pills", "ParentName": "Drugs", "TaxonomyLevel": 2, "Confidence": 61}

    assert judge([answer(category, other)], POLICY).verdict == "rejected"


def test_a_label_of_level_three_explains_no_category() -> None:
    category = {"Name": "Violence", "TaxonomyLevel": 1, "Confidence": 97}
    detail = {"Name": "Blood", "ParentName": "Violence", "TaxonomyLevel": 3, "Confidence": 97}

    assert judge([answer(category, detail)], POLICY).verdict == "rejected"
