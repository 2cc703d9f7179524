"""Output of `RunModeration`."""

from __future__ import annotations

from dataclasses import dataclass

from image_pipeline.status import Status  # noqa: TC001 - from_dict looks types up at run time


@dataclass(frozen=True)
class Label:
    """One label of Rekognition's moderation taxonomy; `confidence` is a percentage."""

    name: str
    parent: str
    level: int
    confidence: float


@dataclass(frozen=True)
class Verdict:
    """Result of moderation: `verdict` is approved, review or rejected.

    `policy` and `engine` are digests of what has judged and of what has made the labels, for
    `fingerprint` of the record, and so is `min_confidence`, the lowest confidence of labels, in
    percent. `answers` is how many pictures Rekognition was shown.
    """

    verdict: Status
    labels: tuple[Label, ...] = ()
    model_version: str | None = None
    reason: str | None = None
    policy: str | None = None
    engine: str | None = None
    answers: int | None = None
    min_confidence: float | None = None
