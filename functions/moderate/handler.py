"""RunModeration: judges a picture by Rekognition's moderation labels."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.budget import Budget
from image_pipeline.config import load
from image_pipeline.models import ValidatedImage, from_dict, to_dict
from image_pipeline.observability import count_bytes, identify, observed, stage
from moderate.rekognition import in_place, moderation_labels
from moderate.samples import fits_in_place, samples
from moderate.verdict import Policy, judge

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_rekognition.type_defs import ImageTypeDef


@dataclass(frozen=True)
class Settings:
    """The moderation policy. Confidences are percentages, labels are taxonomy names."""

    moderation_review_confidence: float
    moderation_reject_confidence: float
    moderation_ignored_labels: tuple[str, ...]
    max_pixels: int


settings = load(Settings)
policy = Policy(
    settings.moderation_review_confidence,
    settings.moderation_reject_confidence,
    frozenset(settings.moderation_ignored_labels),
)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take `{"image"}`; return a `Verdict` as a dictionary.

    Errors of Rekognition pass through: the state machine retries them and, if they persist, sends
    the picture to review.
    """
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    pictures = _what_to_show(image, Budget.of(context))
    answers = [moderation_labels(picture, policy.review_confidence) for picture in pictures]
    return to_dict(judge(answers, policy))


def _what_to_show(image: ValidatedImage, budget: Budget) -> list[ImageTypeDef]:
    """Return the object itself if Rekognition accepts it, otherwise JPEGs made of it."""
    picture = image.picture
    size = picture.conversion or image.facts
    frames = 1 if picture.conversion else image.facts.frames
    if (size.width and size.height) and fits_in_place(
        picture.format, picture.bytes, size.width, size.height, frames
    ):
        return [in_place(picture.object)]
    with stage("Download"):
        data = storage.read(picture.object, picture.bytes)
    count_bytes("In", len(data))
    made = samples(data, picture.format, max_pixels=settings.max_pixels, stage=budget.stage)
    return [{"Bytes": sample} for sample in made]
