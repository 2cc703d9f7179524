"""RunModeration: judges a picture by Rekognition's moderation labels."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from image_pipeline import storage
from image_pipeline.budget import Budget
from image_pipeline.config import load
from image_pipeline.earlier import read_earlier
from image_pipeline.errors import Reason
from image_pipeline.fingerprint import of_engine, of_policy
from image_pipeline.models import ValidatedImage, from_dict, to_dict
from image_pipeline.observability import count_bytes, identify, observed, stage
from image_pipeline.records import Records
from image_pipeline.s3_file import S3File
from moderate.in_place import is_shown_as_stored, may_fit
from moderate.rekognition import in_s3, labels_as_stored, moderation_labels
from moderate.verdict import Policy, Provider, by_a_person, judge
from pictures import limits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import BinaryIO

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_rekognition.type_defs import ImageTypeDef

    from image_pipeline.models import Picture
    from moderate.known_answers import KnownAnswers


@dataclass(frozen=True)
class Settings:
    """Who moderates, and by which policy.

    Confidences are percentages, labels are taxonomy names; the adapter is the ARN of a project
    version, None for Rekognition's base model. Answers are kept in the record until the picture is
    judged, and for other pictures in a table of their own, if there is one, for some days.
    """

    table_name: str
    moderation_provider: str
    moderation_adapter_arn: str | None
    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]
    answers_table: str | None
    keep_answers_days: int
    max_pixels: int


settings = load(Settings)
records = Records(settings.table_name)
provider = Provider(settings.moderation_provider)
policy = Policy(
    settings.moderation_review_confidence,
    settings.moderation_reject_confidence,
    frozenset(settings.moderation_ignored_labels),
)
POLICY = of_policy(provider, policy.review_confidence, policy.reject_confidence, policy.ignored)
ENGINE = of_engine(settings.moderation_adapter_arn)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take `{"image"}`; return a `Verdict` as a dictionary.

    Errors of Rekognition pass through: the state machine retries them and, if they persist, sends
    the picture to review.
    """
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    if provider is Provider.NONE:
        verdict = by_a_person()
    else:
        verdict = judge(_reused(image) or _answers(image, Budget.of(context)), policy)
        if verdict.model_version:
            verdict = replace(verdict, min_confidence=policy.review_confidence)
    is_answered = verdict.reason != Reason.MODERATION_UNAVAILABLE
    return to_dict(replace(verdict, policy=POLICY, engine=ENGINE if is_answered else None))


def _reused(image: ValidatedImage) -> Sequence[dict[str, Any]]:
    """Return the labels of an earlier execution as an answer; none if they may not be reused."""
    earlier = read_earlier(records, image.claim)
    if not earlier:
        return ()
    from moderate.earlier_labels import answers_of  # imported here: only a backfill needs it

    return answers_of(earlier, ENGINE, policy.review_confidence)


def _answers(image: ValidatedImage, budget: Budget) -> Sequence[dict[str, Any]]:
    """Show Rekognition the object itself if it sees what renditions show, otherwise sheets."""
    picture, adapter = image.picture, settings.moderation_adapter_arn
    # By a name that does not tell the content, Rekognition could read what has replaced the upload.
    if picture.object.etag is None and _is_shown_as_stored(picture):
        answer = _answer_as_stored(picture)
        if answer is not None:
            return [answer]
    from moderate.answers import KeptAnswers  # imported here: milliseconds that most photos save

    def show(sheet: bytes) -> Any:
        return moderation_labels({"Bytes": sheet}, policy.review_confidence, adapter)

    def ask(sheet: bytes) -> Any:
        known = _known_answers()
        return known.ask(sheet, lambda: show(sheet)) if known else show(sheet)

    kept = KeptAnswers(records, image.claim, f"{adapter} {policy.review_confidence}")
    return kept.ask(_sheets(picture, budget), ask)


def _known_answers() -> KnownAnswers | None:
    if settings.answers_table is None:
        return None
    from moderate.known_answers import KnownAnswers  # imported here: only some stacks keep answers

    return KnownAnswers(
        settings.answers_table,
        settings.keep_answers_days,
        settings.moderation_adapter_arn,
        policy.review_confidence,
    )


def _answer_as_stored(picture: Picture) -> dict[str, Any] | None:
    """Return the answer about the file itself; None if Rekognition does not accept it."""
    known, source = _known_answers(), in_s3(picture.object)

    def show(shown: ImageTypeDef) -> Any:
        adapter = settings.moderation_adapter_arn
        return labels_as_stored(shown, policy.review_confidence, adapter)

    # A version never changes, but what a name without one stands for may, between two reads.
    is_pinned = picture.object.version_id is not None
    if known is None or not (is_pinned or picture.bytes <= limits.REKOGNITION_SAMPLE_BYTES):
        return cast("dict[str, Any] | None", show(source))
    data = _download(picture)
    return known.ask(data, lambda: show(source if is_pinned else {"Bytes": data}))


def _is_shown_as_stored(picture: Picture) -> bool:
    if not may_fit(picture.format, picture.bytes):
        return False
    with stage("Header"):
        file = S3File(picture.object, picture.bytes)
        is_shown = is_shown_as_stored(cast("BinaryIO", file), picture.format, settings.max_pixels)
    count_bytes("In", file.fetched)
    return is_shown


def _sheets(picture: Picture, budget: Budget) -> list[bytes]:
    from moderate.samples import samples

    data = _download(picture)
    return samples(data, picture.format, max_pixels=settings.max_pixels, stage=budget.stage)


def _download(picture: Picture) -> bytes:
    with stage("Download"):
        data = storage.read(picture.object, picture.bytes)
    count_bytes("In", len(data))
    return data
