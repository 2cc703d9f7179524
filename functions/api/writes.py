"""What the routes that write need of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.reads import visible_record

if TYPE_CHECKING:
    from api.caller import Caller
    from image_pipeline.records import Records
    from image_pipeline.renditions_bucket import RenditionsBucket


class Writes(NamedTuple):
    """What the routes that write are called with.

    Args:
        records: the table of records.
        uploads_bucket: where the uploads are.
        renditions_bucket: where the renditions are, and what readers see of them.
        outcomes_topic_arn: where outcomes are announced.
        state_machine_arn: what processes uploads.
        upload_lifetime_seconds: how long an upload may be begun with what was signed for it.
        id_salt: the salt of the image ids.
    """

    records: Records
    uploads_bucket: str
    renditions_bucket: RenditionsBucket
    outcomes_topic_arn: str
    state_machine_arn: str
    upload_lifetime_seconds: int
    id_salt: bytes

    def record(self, image_id: str, caller: Caller) -> dict[str, Any]:
        """Return the record of an image.

        Raises:
            NotFoundError: there is none with this id, or the caller may not know of it.
        """
        return visible_record(self.records, image_id, caller)
