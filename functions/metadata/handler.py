"""ExtractMetadata: writes the metadata of a picture to the record."""

from __future__ import annotations

from pictures.start import start

start()

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from image_pipeline import history, storage
from image_pipeline.config import load
from image_pipeline.earlier import is_made_with, read_earlier
from image_pipeline.fingerprint import METADATA, of_metadata
from image_pipeline.models import ValidatedImage, from_dict, to_dict
from image_pipeline.observability import count_bytes, identify, observed, stage
from image_pipeline.records import Records
from metadata.extract import extract

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """The table, and whether GPS positions may be kept."""

    table_name: str
    store_gps: bool


settings = load(Settings)
records = Records(settings.table_name)
MADE_WITH = of_metadata(store_gps=settings.store_gps)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Take `{"image"}`; return `{"source": {"sha256", "width", "height", "made_with"}}`.

    The metadata is written to the record here, so that the place and time of a picture never enter
    an execution history. Earlier metadata is written again if it may be reused and would not
    differ.
    """
    image = from_dict(ValidatedImage, event["image"])
    identify(image.claim)
    metadata, sha256 = _reused(image) or _read(image)
    records.update(image.claim, {"metadata": metadata}, history.event("described"))
    size = {"width": metadata["width"], "height": metadata["height"]}
    return {"source": {"sha256": sha256, **size, "made_with": MADE_WITH}}


def _reused(image: ValidatedImage) -> tuple[dict[str, Any], str] | None:
    """Return the earlier metadata and SHA-256 if they were read with the same."""
    earlier = read_earlier(records, image.claim)
    if not is_made_with(earlier, METADATA, MADE_WITH) or "metadata" not in earlier:
        return None
    return earlier["metadata"], earlier["source"]["sha256"]


def _read(image: ValidatedImage) -> tuple[dict[str, Any], str]:
    """Read the metadata and compute the SHA-256 of the upload."""
    with stage("Download"):
        data = storage.read(image.picture.object, image.picture.bytes)
    count_bytes("In", len(data))
    with stage("Extract"):
        found = extract(data, store_gps=settings.store_gps, conversion=image.picture.conversion)
    with stage("Hash"):
        converted = image.picture.object != image.upload.object
        sha256 = storage.sha256(image.upload.object) if converted else _sha256(data)
    metadata = dataclasses.replace(found, warnings=image.facts.warnings + found.warnings)
    return to_dict(metadata), sha256


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
