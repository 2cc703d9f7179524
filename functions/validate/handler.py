"""ValidateImage: claims the record for what a key holds, and checks the header of the file."""

from __future__ import annotations

from pictures.start import start

start()

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from image_pipeline import history
from image_pipeline.claiming import Claiming
from image_pipeline.config import load
from image_pipeline.events import event_from
from image_pipeline.models import Picture, ValidatedImage, to_dict
from image_pipeline.observability import count_bytes, logger, observed, stage
from image_pipeline.records import TAGGED, Records
from image_pipeline.refusals import archived, object_deleted
from image_pipeline.s3_file import S3File
from image_pipeline.storage import is_tagged_rejected, read_tags
from image_pipeline.upload_notes import notes
from validate.examine import examine
from validate.rules import check_size

if TYPE_CHECKING:
    from typing import BinaryIO

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from image_pipeline.models import S3Object


@dataclass(frozen=True)
class Settings:
    """The table, the limits on uploads (pixels are width × height × frames), and how to claim."""

    table_name: str
    max_upload_bytes: int
    max_pixels: int
    id_salt: bytes
    keep_last_approved: bool


settings = load(Settings)
records = Records(settings.table_name)
claiming = Claiming(records, settings.id_salt, settings.keep_last_approved)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Take `{"event", "execution"}`; return a `ValidatedImage` as a dictionary.

    The claim comes first, so that refusals too are recorded only for the newest upload. The notes
    of the uploader come next, so that they are known whatever becomes of it. An object that is gone
    is refused, so that RejectImage records its deletion.
    """
    claim, upload = claiming.claim(event_from(event["event"]), event["execution"])
    if upload.version is None:
        raise object_deleted()
    if upload.archived:
        raise archived()
    with stage("Header"):
        file = S3File(upload.object, upload.size)
        tags = _tags(upload.object, file.tag_count)
        known: dict[str, Any] = {"upload": kept} if (kept := notes(file.metadata, tags)) else {}
        if is_tagged_rejected(tags):
            known[TAGGED] = True
        if known:
            records.update(claim, known, history.event("noted"))
        check_size(upload.size, settings.max_upload_bytes)
        facts = examine(
            cast("BinaryIO", file),
            upload.object.key,
            file.content_type,
            settings.max_pixels,
            content_encoding=file.content_encoding,
        )
    count_bytes("In", file.fetched)
    picture = Picture(upload.object, facts.format, upload.size)
    return to_dict(ValidatedImage(claim, upload, facts, picture))


def _tags(source: S3Object, count: int) -> dict[str, str]:
    """Return the tags of an upload; none, with a log line, where reading them is forbidden."""
    try:
        return read_tags(source) if count else {}
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        logger.warning("the tags of the upload may not be read")
        return {}
