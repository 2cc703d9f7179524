"""ValidateImage: an upload in, the facts of an acceptable picture out."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from image_pipeline.config import load
from image_pipeline.events import claim_for, upload_from
from image_pipeline.models import Picture, ValidatedImage, to_dict
from image_pipeline.observability import count_bytes, identify, observed, stage
from image_pipeline.records import Records
from image_pipeline.storage import S3File
from validate.examine import examine
from validate.rules import check_size

if TYPE_CHECKING:
    from typing import BinaryIO

    from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass(frozen=True)
class Settings:
    """Limits of what is let in, the ids' salt. Pixels are width × height × frames."""

    table_name: str
    max_upload_bytes: int
    max_pixels: int
    id_salt: bytes


settings = load(Settings)
records = Records(settings.table_name)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """`{"event", "execution"}` in, a `ValidatedImage` as a dictionary out.

    The claim comes first, so that a refusal too is recorded only for the newest upload.
    """
    upload = upload_from(event["event"])
    claim = claim_for(upload, event["execution"], settings.id_salt)
    identify(claim)
    records.claim(claim, upload)
    check_size(upload.size, settings.max_upload_bytes)
    with stage("Header"):
        file = S3File(upload.object, upload.size)
        facts = examine(
            cast("BinaryIO", file), upload.object.key, file.content_type, settings.max_pixels
        )
    count_bytes("In", file.fetched)
    picture = Picture(upload.object, facts.format, upload.size)
    return to_dict(ValidatedImage(claim, upload, facts, picture))
