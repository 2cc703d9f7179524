"""The settings of this function: one environment variable each, see `image_pipeline.config`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModerateConfig:
    """The moderation policy. Confidences are percentages, labels are taxonomy names."""

    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]
    max_pixels: int
