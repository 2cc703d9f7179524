"""The fingerprint of an outcome: what it was made with, so that a later run does only what changed.

A record keeps it in its attribute `fingerprint`, one digest per part: `renditions`, `metadata`,
`policy` (by which labels are judged) and `engine` (which made the labels). Each step answers with
the digest of what it has applied itself, so that an update of the settings between two steps cannot
put a wrong one into the record. Pure.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection

    Record = dict[str, Any]

STILL_VERSION = 1
"""Version of the code that both shows and judges: which frame, decoded and converted to sRGB how.

Raise it when the pixels of a still change, so that no stored label is applied to other pixels.
"""

DRAWING_VERSION = 1
"""Version of the code that makes renditions and placeholders of a still."""

SAMPLING_VERSION = 1
"""Version of the code that decides what of a picture is judged, and makes it."""

EXTRACTION_VERSION = 1
"""Version of the code that reads metadata."""

RENDITIONS, METADATA, POLICY, ENGINE = "renditions", "metadata", "policy", "engine"

MIN_CONFIDENCE = "min_confidence"
"""The lowest confidence, in percent, of the labels that Rekognition was asked for.

It is no digest, and a record without it has changed in no part; but its labels are not reused.
"""

_DIGITS = 16


@dataclass(frozen=True)
class ProcessingSettings:
    """The settings that decide an outcome; `image_pipeline.config.load` reads them."""

    renditions: str
    store_gps: bool
    moderation_provider: str
    moderation_adapter_arn: str | None
    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]


class Fingerprint(NamedTuple):
    """The digests of the parts; `_asdict()` is what a record keeps."""

    renditions: str
    metadata: str
    policy: str
    engine: str


class Change(StrEnum):
    """What another run would do to an image."""

    SKIP = "skip"
    RENDITIONS = "renditions"
    JUDGE = "judge"
    ALL = "all"


def fingerprint(settings: ProcessingSettings) -> Fingerprint:
    """Return the fingerprint of an outcome that is made with some settings."""
    return Fingerprint(
        of_renditions(settings.renditions),
        of_metadata(store_gps=settings.store_gps),
        of_policy(
            settings.moderation_provider,
            settings.moderation_review_confidence,
            settings.moderation_reject_confidence,
            settings.moderation_ignored_labels,
        ),
        of_engine(settings.moderation_adapter_arn),
    )


def of_renditions(renditions: str) -> str:
    """Return the digest of the `Renditions` parameter and of the code that draws them."""
    return _digest(
        STILL_VERSION, DRAWING_VERSION, *(each.strip() for each in renditions.split(","))
    )


def of_metadata(*, store_gps: bool) -> str:
    """Return the digest of what metadata is read and kept."""
    return _digest(EXTRACTION_VERSION, store_gps)


def of_policy(provider: str, review: float, reject: float, ignored: Collection[str]) -> str:
    """Return the digest of the policy: who judges, confidences in percent, and ignored labels."""
    return _digest(provider, float(review), float(reject), *sorted(set(ignored)))


def of_engine(adapter: str | None) -> str:
    """Return the digest of what makes labels: the adapter, and the code that shows it a picture.

    The version of Rekognition's model is not part of it: only an answer tells it, and records keep
    it along with the labels.
    """
    return _digest(STILL_VERSION, SAMPLING_VERSION, adapter or "")


def changed_parts(record: Record, now: Fingerprint) -> frozenset[str]:
    """Return the names of the parts in which an outcome differs from one made now.

    A part that the record does not tell has changed: its release knew no fingerprints, or its step
    did not answer.
    """
    made_with = record.get("fingerprint", {})
    return frozenset(
        name for name, digest in now._asdict().items() if made_with.get(name) != digest
    )


def what_changed(record: Record, now: Fingerprint, model_version: str | None = None) -> Change:
    """Return what another run would do to the image of a record.

    Args:
        record: of an image.
        now: the fingerprint of an outcome that is made now.
        model_version: of Rekognition's model; labels of another one have changed. None for any.

    Returns:
        `ALL` for a failed image and for what no fingerprint tells. `SKIP` for an image that is in
        work or deleted, and for a file that was refused: no setting of these parts accepts it.
    """
    status = record["status"]
    if status == Status.FAILED:
        return Change.ALL
    moderation = record.get("moderation")
    if status not in {Status.APPROVED, Status.REVIEW, Status.REJECTED} or moderation is None:
        return Change.SKIP
    changed = changed_parts(record, now)
    if model_version is not None and moderation.get("model_version") != model_version:
        changed |= {ENGINE}
    if status == Status.REJECTED:
        changed -= {RENDITIONS}  # it keeps none
    if not changed:
        return Change.SKIP
    if changed == {RENDITIONS}:
        return Change.RENDITIONS
    return Change.JUDGE if changed <= {POLICY, ENGINE} else Change.ALL


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_DIGITS]
