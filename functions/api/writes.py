"""What the routes that write need of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.reads import visible_record
from image_pipeline.observability import logger
from image_pipeline.settling import Settling

if TYPE_CHECKING:
    from api.caller import Caller
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import RenditionsBucket
    from image_pipeline.workflow import Workflow

    Record = dict[str, Any]


class Writes(NamedTuple):
    """What the routes that write are called with.

    Args:
        records: the table of records.
        uploads_bucket: where the uploads are.
        renditions_bucket: where the renditions are, and what readers see of them.
        outcomes_topic_arn: where outcomes are announced.
        workflow: what processes uploads.
        upload_lifetime_seconds: how long an upload may be begun with what was signed for it.
        id_salt: the salt of the image ids.
        leases_table: the name of the table of the leases of images in review.
    """

    records: Records
    uploads_bucket: str
    renditions_bucket: RenditionsBucket
    outcomes_topic_arn: str
    workflow: Workflow
    upload_lifetime_seconds: int
    id_salt: bytes
    leases_table: str

    @property
    def settling(self) -> Settling:
        """What does the second half of a command."""
        return Settling(
            self.records,
            self.uploads_bucket,
            self.renditions_bucket,
            self.outcomes_topic_arn,
            self.workflow,
        )

    def settle(self, record: Record) -> Record:
        """Do what follows from a status that has just been written.

        An error is not the caller's: the status is in force, and the sweep does the rest.

        Returns:
            The record as it is now.
        """
        try:
            return self.settling.settle(record)
        except Exception:  # noqa: BLE001 - whatever it is, the sweep tries again
            logger.exception("the rest is left to the sweep")
            return record

    def record(self, image_id: str, caller: Caller) -> dict[str, Any]:
        """Return the record of an image.

        Raises:
            NotFoundError: there is none with this id, or the caller may not know of it.
        """
        return visible_record(self.records, image_id, caller)
