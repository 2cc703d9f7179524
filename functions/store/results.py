"""What the branches found, and the outcome that follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from image_pipeline.errors import Reason
from image_pipeline.models import ValidatedImage, to_dict
from image_pipeline.moderation import Verdict  # noqa: TC001 - from_dict looks types up
from image_pipeline.outcome import Outcome
from image_pipeline.renditions_bucket import StoredRendition  # noqa: TC001
from image_pipeline.status import Status

_MESSAGES = {
    Reason.MODERATION_REVIEW: "The picture may not be suitable; a person has to look at it.",
    Reason.MODERATION_REJECTED: "The picture is not allowed here.",
    Reason.MODERATION_UNAVAILABLE: "The picture could not be checked; a person has to look at it.",
}


@dataclass(frozen=True)
class SourceFacts:
    """What reading the upload itself told: displayed size in pixels, SHA-256 in hexadecimal."""

    sha256: str
    width: int
    height: int


@dataclass(frozen=True)
class Results:
    """The output of the three branches."""

    renditions: tuple[StoredRendition, ...]
    source: SourceFacts
    verdict: Verdict


def outcome_of(image: ValidatedImage, results: Results) -> Outcome:
    """The verdict decides the status; a rejected picture keeps no renditions."""
    verdict = results.verdict
    status = Status(verdict.verdict)
    kept = () if status is Status.REJECTED else results.renditions
    source = {
        "format": image.facts.format,
        "content_type": image.facts.content_type,
        "bytes": image.upload.size,
        "version_id": image.upload.object.version_id,
        **to_dict(results.source),
    }
    moderation = to_dict(verdict)
    moderation.pop("reason", None)  # stands in the record itself
    return Outcome(
        status=status,
        reason=verdict.reason,
        message=_MESSAGES[Reason(verdict.reason)] if verdict.reason else None,
        facts={
            "source": {name: fact for name, fact in source.items() if fact is not None},
            "renditions": [to_dict(rendition) for rendition in kept],
            "moderation": moderation,
        },
        renditions=kept,
    )
