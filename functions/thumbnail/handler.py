"""GenerateThumbnail: a picture in, its renditions in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from image_pipeline import storage
from image_pipeline.config import ThumbnailConfig, load
from image_pipeline.models import StoredRendition, ValidatedImage, from_dict, to_dict
from image_pipeline.observability import count_bytes, identify, observed, stage
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import NewObject, key_prefix, publish
from thumbnail.renditions import Rendition, parse_specs, render

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

config = load(ThumbnailConfig)
specs = parse_specs(config.renditions)
records = Records(config.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"image"}` in; `{"renditions"}` out, a list of `StoredRendition` as dictionaries."""
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    with stage("Download"):
        data = storage.read(image.picture.object)
    renditions = render(data, specs)
    prefix = key_prefix(image.claim, image.upload)
    keys = [f"{prefix}{rendition.name}.{_extension(rendition)}" for rendition in renditions]
    objects = [
        NewObject(key, rendition.content_type, rendition.data)
        for key, rendition in zip(keys, renditions, strict=True)
    ]
    with stage("Upload"):
        publish(records, image.claim, config.renditions_bucket, objects)
    count_bytes("In", len(data))
    count_bytes("Out", sum(len(new.data) for new in objects))
    stored = [_stored(key, rendition) for key, rendition in zip(keys, renditions, strict=True)]
    return {"renditions": [to_dict(rendition) for rendition in stored]}


def _extension(rendition: Rendition) -> str:
    return rendition.content_type.removeprefix("image/").replace("jpeg", "jpg")


def _stored(key: str, made: Rendition) -> StoredRendition:
    return StoredRendition(
        made.name, key, made.content_type, made.width, made.height, len(made.data)
    )
