"""Judges Rekognition's labels by a policy. Pure; fails closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from image_pipeline.errors import Reason
from image_pipeline.moderation import Label, Verdict
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


KEPT = "Kept"
"""Marks an answer that Rekognition was not asked for this time."""


class Provider(StrEnum):
    """Who judges pictures: Rekognition, or nobody but a person."""

    REKOGNITION = "REKOGNITION"
    NONE = "NONE"


@dataclass(frozen=True)
class Policy:
    """Confidences, in percent, from which a picture is reviewed or rejected.

    `ignored` are names of labels, of any level, that do not count.
    """

    review_confidence: float
    reject_confidence: float
    ignored: frozenset[str] = frozenset()


def judge(answers: Sequence[dict[str, Any]], policy: Policy) -> Verdict:
    """Return the verdict on a picture.

    Args:
        answers: of DetectModerationLabels, one per picture or frame sent; the worst counts.
        policy: the confidences that matter.

    Returns:
        Approved only if there are answers and all are complete; otherwise review.
    """
    if not answers or not all(_is_complete(answer) for answer in answers):
        unavailable = Reason.MODERATION_UNAVAILABLE
        return Verdict(Status.REVIEW, reason=unavailable, answers=_asked(answers))
    labels = _merged(_label(entry) for answer in answers for entry in answer["ModerationLabels"])
    version = answers[0]["ModerationModelVersion"]
    worst = max((label.confidence for label in _deciding(labels, policy.ignored)), default=0.0)
    status, reason = _verdict(worst, policy)
    return Verdict(status, labels, version, reason, answers=_asked(answers))


def _asked(answers: Sequence[dict[str, Any]]) -> int:
    return sum(KEPT not in answer for answer in answers)


def _verdict(worst: float, policy: Policy) -> tuple[Status, Reason | None]:
    if worst >= policy.reject_confidence:
        return Status.REJECTED, Reason.MODERATION_REJECTED
    if worst >= policy.review_confidence:
        return Status.REVIEW, Reason.MODERATION_REVIEW
    return Status.APPROVED, None


def by_a_person() -> Verdict:
    """Return the verdict on a picture where no service moderates: a person has to decide."""
    return Verdict(Status.REVIEW, reason=Reason.MODERATION_MANUAL)


def _is_complete(answer: dict[str, Any]) -> bool:
    return "ModerationLabels" in answer and bool(answer.get("ModerationModelVersion"))


def _label(entry: dict[str, Any]) -> Label:
    return Label(
        name=entry["Name"],
        parent=entry.get("ParentName", ""),
        level=entry.get("TaxonomyLevel", 2 if entry.get("ParentName") else 1),
        confidence=round(float(entry["Confidence"]), 2),
    )


def _merged(labels: Iterable[Label]) -> tuple[Label, ...]:
    """Return each label once with its highest confidence, in descending order."""
    best: dict[str, Label] = {}
    for label in labels:
        if label.name not in best or label.confidence > best[label.name].confidence:
            best[label.name] = label
    return tuple(sorted(best.values(), key=lambda label: (-label.confidence, label.name)))


def _deciding(labels: Sequence[Label], ignored: frozenset[str]) -> list[Label]:
    """Return the deciding labels: level 2, and level 1 without a label of level 2 below it.

    A parent repeats the highest confidence of its children, so an ignored child would count through
    it. Level 3 only details level 2.
    """
    explained = {label.parent for label in labels if label.level == 2}
    return [
        label
        for label in labels
        if (label.level == 2 or (label.level == 1 and label.name not in explained))
        and not {label.name, label.parent} & ignored
    ]
