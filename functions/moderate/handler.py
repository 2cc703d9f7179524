"""RunModeration: judges a picture by Rekognition's moderation labels."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from image_pipeline.budget import Budget
from image_pipeline.config import load
from image_pipeline.earlier import read_earlier
from image_pipeline.errors import Reason
from image_pipeline.fingerprint import of_engine, of_policy
from image_pipeline.models import ValidatedImage, from_dict, to_dict
from image_pipeline.observability import identify, observed
from image_pipeline.records import Records
from moderate.asking import Asking
from moderate.verdict import Policy, Provider, by_a_person, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext


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
asking = Asking(
    settings.moderation_adapter_arn,
    policy.review_confidence,
    settings.max_pixels,
    settings.answers_table,
    settings.keep_answers_days,
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
        answers = _reused(image) or asking.answers(image, records, Budget.of(context))
        verdict = judge(answers, policy)
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
