"""GenerateThumbnail: makes the renditions of a picture and stores them."""

from __future__ import annotations

from pictures.start import start

start()

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.budget import Budget
from image_pipeline.config import load
from image_pipeline.decoding import DecodingNote
from image_pipeline.earlier import is_made_with, read_earlier
from image_pipeline.fingerprint import RENDITIONS, of_renditions
from image_pipeline.models import ValidatedImage, from_dict, to_dict
from image_pipeline.observability import count_bytes, identify, logger, observed, stage
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import NewObject, StoredRendition, key_prefix, publish
from thumbnail.renditions import Rendition, parse_specs, render, threads_for

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from image_pipeline.models import Placeholder, S3Object


@dataclass(frozen=True)
class Settings:
    """The renditions to make, in the syntax of `thumbnail.renditions.parse_specs`."""

    table_name: str
    renditions_bucket: str
    renditions: str
    max_pixels: int


settings = load(Settings)
specs = parse_specs(settings.renditions)
MADE_WITH = of_renditions(settings.renditions)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take `{"image", "retry"}`; return `{"renditions", "placeholder"}`.

    They are a list of `StoredRendition` and a `Placeholder`, as dictionaries. `retry` is the number
    of attempts before this one. Earlier ones are returned if they may be reused and would not
    differ.
    """
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    return _reused(image) or _made(image, event.get("retry", 0), context)


def _reused(image: ValidatedImage) -> dict[str, Any] | None:
    """Return the earlier renditions if they were made with the same, and all of them exist."""
    earlier = read_earlier(records, image.claim)
    if not is_made_with(earlier, RENDITIONS, MADE_WITH):
        return None
    renditions, placeholder = earlier.get("renditions"), earlier.get("placeholder")
    if not renditions or placeholder is None:
        return None  # a rejected image keeps none
    prefix = key_prefix(image.claim, image.upload)
    found = storage.list_versions(settings.renditions_bucket, prefix)
    existing = {(version.key, version.version_id) for version in found}
    if not existing.issuperset((each["key"], each.get("version_id")) for each in renditions):
        return None
    return {"renditions": renditions, "placeholder": {**placeholder, "made_with": MADE_WITH}}


def _made(image: ValidatedImage, retry: int, context: LambdaContext) -> dict[str, Any]:
    """Make the renditions and store them."""
    budget = Budget.of(context)
    note = DecodingNote(records, image.claim, retry)
    note.begin()
    with stage("Download"):
        data = storage.read(image.picture.object, image.picture.bytes)
    placeholders: list[Placeholder] = []
    with note.decoding():
        renditions = render(
            data,
            specs,
            format_name=image.picture.format,
            max_pixels=settings.max_pixels,
            threads=threads_for(int(context.memory_limit_in_mb), len(os.sched_getaffinity(0))),
            warn=logger.warning,
            describe=placeholders.append,
            stage=budget.stage,
        )
    prefix = key_prefix(image.claim, image.upload)
    objects = [
        NewObject(f"{prefix}{made.name}.{_extension(made)}", made.content_type, made.data)
        for made in renditions
    ]
    with stage("Upload"):
        written = publish(records, image.claim, settings.renditions_bucket, objects)
    count_bytes("In", len(data))
    count_bytes("Out", sum(len(new.data) for new in objects))
    return {
        "renditions": [to_dict(stored) for stored in map(_stored, written, renditions)],
        "placeholder": to_dict(replace(placeholders[0], made_with=MADE_WITH)),
    }


def _extension(rendition: Rendition) -> str:
    return rendition.content_type.removeprefix("image/").replace("jpeg", "jpg")


def _stored(written: S3Object, made: Rendition) -> StoredRendition:
    return StoredRendition(
        made.name,
        written.key,
        made.content_type,
        made.width,
        made.height,
        len(made.data),
        written.version_id,
    )
