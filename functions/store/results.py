"""The results of the three branches, and the outcome that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline import fingerprint
from image_pipeline.earlier import of_held
from image_pipeline.errors import Reason
from image_pipeline.estimate import ATTRIBUTE, Work, estimated
from image_pipeline.models import Placeholder, ValidatedImage, to_dict
from image_pipeline.moderation import Verdict  # noqa: TC001 - from_dict looks types up
from image_pipeline.outcome import NOT_ALLOWED, Outcome
from image_pipeline.renditions_bucket import StoredRendition  # noqa: TC001
from image_pipeline.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

_MESSAGES = {
    Reason.MODERATION_REVIEW: "This picture may not be suitable; it is waiting for manual review.",
    Reason.REVIEW_REJECTED: NOT_ALLOWED,
    Reason.MODERATION_REJECTED: NOT_ALLOWED,
    Reason.MODERATION_MANUAL: "This picture is waiting for manual review.",
    Reason.MODERATION_UNAVAILABLE: (
        "This picture could not be checked; it is waiting for manual review."
    ),
}

# What of a verdict other attributes of the record tell.
_NOT_OF_MODERATION = ("reason", "policy", "engine", "answers", "min_confidence")


@dataclass(frozen=True)
class SourceFacts:
    """Facts about the upload itself: SHA-256 in hexadecimal, displayed size in pixels.

    `made_with` is the digest of what has read the metadata, for `fingerprint` of the record.
    """

    sha256: str
    width: int
    height: int
    made_with: str | None = None


@dataclass(frozen=True)
class Results:
    """The combined output of the three branches."""

    renditions: tuple[StoredRendition, ...]
    source: SourceFacts
    verdict: Verdict
    placeholder: Placeholder | None = None


def outcome_of_results(image: ValidatedImage, results: Results, record: dict[str, Any]) -> Outcome:
    """Derive the outcome: the verdict is the status, and a rejected image keeps no pixels.

    Args:
        image: the validated image.
        results: of the branches.
        record: as it is now; the decision of a person about this version overrides the verdict.
    """
    verdict, decision = results.verdict, record.get("decision")
    status, reason = _decided(decision) if decision else (Status(verdict.verdict), verdict.reason)
    reused = _named(results.renditions, of_held(record, image.claim))
    shown = _named(reused, record.get("last_approved", {}))
    kept = () if status is Status.REJECTED else results.renditions
    placeholder = None if status is Status.REJECTED else results.placeholder
    made_with = _made_with(results)
    source = {
        "format": image.facts.format,
        "content_type": image.facts.content_type,
        "bytes": image.upload.size,
        "version_id": image.upload.object.version_id,
        **_without(to_dict(results.source), "made_with"),
    }
    moderation = _without(to_dict(verdict), *_NOT_OF_MODERATION)
    return Outcome(
        status=status,
        reason=reason,
        message=_MESSAGES[Reason(reason)] if reason else None,
        facts={
            "source": {name: fact for name, fact in source.items() if fact is not None},
            "renditions": [to_dict(rendition) for rendition in kept],
            "moderation": moderation,
            **({"fingerprint": made_with} if made_with else {}),
            ATTRIBUTE: estimated(_work(image, results, len(reused))),
            **({"placeholder": _without(to_dict(placeholder), "made_with")} if placeholder else {}),
        },
        renditions=kept,
        # Those of a rejected image are deleted.
        hidden=tuple(set(reused) - set(shown)) if status is Status.REVIEW else (),
    )


def _named(
    renditions: Sequence[StoredRendition], record: dict[str, Any]
) -> tuple[StoredRendition, ...]:
    """Return those of some renditions that a record, or a part of one, names."""
    names = {(each["key"], each.get("version_id")) for each in record.get("renditions", [])}
    return tuple(each for each in renditions if (each.key, each.version_id) in names)


def _work(image: ValidatedImage, results: Results, reused: int) -> Work:
    """Return what the execution has done, for the estimate of its cost.

    A moderation step of an older release does not tell how many answers it has: it has one.
    """
    verdict = results.verdict
    answers = 1 if verdict.model_version else 0
    return Work(
        execution=image.claim.execution,
        is_stored=True,
        pixels=results.source.width * results.source.height,
        is_converted=image.picture.object != image.upload.object,
        renditions=len(results.renditions) - reused,
        judged=answers if verdict.answers is None else verdict.answers,
    )


def _made_with(results: Results) -> dict[str, Any]:
    """Return the fingerprint; a step of an older release, or one without an answer, tells none."""
    told = {
        fingerprint.RENDITIONS: results.placeholder and results.placeholder.made_with,
        fingerprint.METADATA: results.source.made_with,
        fingerprint.POLICY: results.verdict.policy,
        fingerprint.ENGINE: results.verdict.engine,
        fingerprint.MIN_CONFIDENCE: results.verdict.min_confidence,
    }
    return {name: value for name, value in told.items() if value is not None}


def _without(facts: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return facts without those that are attributes of the record of their own."""
    return {name: fact for name, fact in facts.items() if name not in names}


def _decided(decision: dict[str, Any]) -> tuple[Status, str | None]:
    if decision["decision"] == "approve":
        return Status.APPROVED, None
    return Status.REJECTED, Reason.REVIEW_REJECTED
