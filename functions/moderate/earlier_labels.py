"""The labels that an earlier execution has stored, as Rekognition would answer with them; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline.earlier import is_made_with
from image_pipeline.fingerprint import ENGINE, MIN_CONFIDENCE
from moderate.verdict import KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Record = dict[str, Any]


def answers_of(earlier: Record, engine: str, min_confidence: float) -> Sequence[dict[str, Any]]:
    """Return one answer with the labels, each with its highest confidence of any sheet.

    Labels below the confidence are left out, as Rekognition would leave them out.

    Args:
        earlier: results, as a record has them.
        engine: the digest of what would make labels now.
        min_confidence: that Rekognition would be asked for now, in percent.

    Returns:
        No answer if the labels were made with another engine, were not asked for, or if labels are
        missing because higher confidences were asked for.
    """
    moderation = earlier.get("moderation", {})
    version = moderation.get("model_version")
    asked = earlier.get("fingerprint", {}).get(MIN_CONFIDENCE)
    if not version or asked is None or asked > min_confidence:
        return ()
    if not is_made_with(earlier, ENGINE, engine):
        return ()
    labels = [
        _as_answered(label)
        for label in moderation["labels"]
        if label["confidence"] >= min_confidence
    ]
    return ({"ModerationLabels": labels, "ModerationModelVersion": version, KEPT: True},)


def _as_answered(label: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Name": label["name"],
        "ParentName": label["parent"],
        "TaxonomyLevel": label["level"],
        "Confidence": label["confidence"],
    }
