"""ConvertToJPEG: stores a full-size sRGB JPEG, or PNG, of a RAW or HEIF upload."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from convert.decode import convert_picture
from image_pipeline import storage
from image_pipeline.budget import Budget
from image_pipeline.config import load
from image_pipeline.decoding import DecodingNote
from image_pipeline.models import Picture, S3Object, ValidatedImage, from_dict, to_dict
from image_pipeline.object_keys import CONVERTED_FILES
from image_pipeline.observability import count_bytes, identify, observed, stage
from image_pipeline.records import Records
from image_pipeline.renditions_bucket import NewObject, key_prefix, publish
from pictures.formats import FORMATS

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Destination of the converted picture, and the largest width × height."""

    table_name: str
    renditions_bucket: str
    max_pixels: int


settings = load(Settings)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Take `{"image", "retry"}`; return the `Picture` that replaces the upload, as a dictionary.

    `retry` is the number of attempts before this one.
    """
    budget = Budget.of(context)
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    note = DecodingNote(records, image.claim, event.get("retry", 0))
    note.begin()
    with stage("Download"):
        data = storage.read(image.picture.object, image.picture.bytes)
    with note.decoding():
        converted = convert_picture(
            data, image.facts.format, max_pixels=settings.max_pixels, stage=budget.stage
        )
    # Only this execution reads it; the step that finishes the record deletes it.
    key = f"{key_prefix(image.claim, image.upload)}{CONVERTED_FILES[converted.format]}"
    with stage("Upload"):
        new = NewObject(key, FORMATS[converted.format].content_type, converted.data)
        publish(records, image.claim, settings.renditions_bucket, [new])
    count_bytes("In", len(data))
    count_bytes("Out", len(converted.data))
    where = S3Object(settings.renditions_bucket, key)
    return to_dict(Picture(where, converted.format, len(converted.data), converted.conversion))
