"""The schema of an image names exactly the facts that the pipeline stores and the API shows."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from api import view
from api.delivery import Link
from api.schemas import SCHEMAS
from image_pipeline.models import Placeholder
from image_pipeline.moderation import Label, Verdict
from image_pipeline.renditions_bucket import StoredRendition
from metadata.image_metadata import Camera, Exposure, Gps, ImageMetadata
from store.results import SourceFacts

METADATA = SCHEMAS["Metadata"]
# Facts that the API replaces by a URL or shows as attributes of the image, and those that are kept
# in the fingerprint or in the cost of the record.
REPLACED = {
    StoredRendition: {"key", "version_id"},
    Placeholder: {"made_with"},
    SourceFacts: {"made_with"},
    Verdict: {"reason", "policy", "engine", "answers", "min_confidence"},
}
OF_THE_URL = {*Link._fields}
OF_THE_UPLOAD = {"format", "content_type", "bytes", "version_id"}
INTERNAL = {"owner", "expires"}


@pytest.mark.parametrize(
    ("kind", "schema", "added"),
    [
        (ImageMetadata, METADATA, set()),
        (Camera, METADATA["properties"]["camera"], set()),
        (Exposure, METADATA["properties"]["exposure"], set()),
        (Gps, METADATA["properties"]["gps"], set()),
        (Placeholder, SCHEMAS["Placeholder"], set()),
        (Verdict, SCHEMAS["Moderation"], set()),
        (Label, SCHEMAS["Label"], set()),
        (StoredRendition, SCHEMAS["Rendition"], OF_THE_URL),
        (SourceFacts, SCHEMAS["Source"], OF_THE_UPLOAD),
    ],
)
def test_every_stored_fact_is_described(kind: Any, schema: dict[str, Any], added: set[str]) -> None:
    stored = {field.name for field in fields(kind)} - REPLACED.get(kind, set())
    assert schema["properties"].keys() == stored | added


def test_every_attribute_that_is_shown_is_described() -> None:
    assert SCHEMAS["Image"]["properties"].keys() == {*view.ATTRIBUTES} - INTERNAL
