"""The verdict: levels 1 and 2 decide, the worst frame counts, and moderation fails closed."""

from __future__ import annotations

from typing import Any

import pytest

from moderate.verdict import Policy, judge

POLICY = Policy(review_confidence=60, reject_confidence=95)


def label(name: str, confidence: float, level: int = 1, parent: str = "") -> dict[str, Any]:
    return {
        "Name": name,
        "Confidence": confidence,
        "ParentName": parent,
        "TaxonomyLevel": level,
    }


def answer(*labels: dict[str, Any]) -> dict[str, Any]:
    return {"ModerationLabels": list(labels), "ModerationModelVersion": "7.0"}


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [(59.9, "approved"), (60.0, "review"), (94.9, "review"), (95.0, "rejected")],
)
def test_confidence_decides(confidence: float, verdict: str) -> None:
    found = judge([answer(label("Violence", confidence))], POLICY)
    assert found.verdict == verdict
    assert found.model_version == "7.0"


def test_no_labels_approve_without_a_reason() -> None:
    found = judge([answer()], POLICY)
    assert (found.verdict, found.reason, found.labels) == ("approved", None, ())


@pytest.mark.parametrize(
    "answers",
    [[], [{}], [{"ModerationLabels": []}], [answer(), {"ModerationModelVersion": "7.0"}]],
    ids=["none", "empty", "no version", "one of two incomplete"],
)
def test_an_incomplete_answer_sends_the_image_to_review(answers: list[dict[str, Any]]) -> None:
    found = judge(answers, POLICY)
    assert (found.verdict, found.reason) == ("review", "moderation_unavailable")


def test_level_three_never_decides() -> None:
    found = judge([answer(label("Exposed Male Nipple", 99, 3, "Non-Explicit Nudity"))], POLICY)
    assert found.verdict == "approved"
    assert found.labels[0].level == 3


def test_the_worst_frame_counts_and_each_label_is_kept_once() -> None:
    frames = [answer(label("Violence", 10)), answer(label("Violence", 97)), answer()]
    found = judge(frames, POLICY)
    assert found.verdict == "rejected"
    assert [(kept.name, kept.confidence) for kept in found.labels] == [("Violence", 97)]


def test_an_ignored_label_does_not_come_back_through_its_parent() -> None:
    policy = Policy(60, 95, frozenset({"Smoking"}))
    category = "Drugs & Tobacco Paraphernalia & Use"
    both = answer(label("Smoking", 99, 2, category), label(category, 99))
    assert judge([both], policy).verdict == "approved"
    with_another = answer(
        label("Smoking", 99, 2, category), label("Pills", 70, 2, category), label(category, 99)
    )
    assert judge([with_another], policy).verdict == "review"


def test_the_children_of_an_ignored_category_are_ignored() -> None:
    policy = Policy(60, 95, frozenset({"Gambling"}))
    assert judge([answer(label("Casino", 99, 2, "Gambling"))], policy).verdict == "approved"
