"""The images that the API shows: records from the table, with presigned URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.routing import NotFoundError
from api.view import present
from image_pipeline import storage
from image_pipeline.models import S3Object
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from image_pipeline.records import Records


class Images(NamedTuple):
    """What every route needs of a deployment.

    Args:
        records: the table of records.
        renditions_bucket: where the renditions are.
        url_lifetime_seconds: how long presigned URLs are valid.
        id_salt: the salt of the image ids.
    """

    records: Records
    renditions_bucket: str
    url_lifetime_seconds: int
    id_salt: bytes

    def show(self, image_id: str) -> dict[str, Any]:
        """Show an image.

        Raises:
            NotFoundError: there is no record with this id.
        """
        logger.append_keys(image_id=image_id)
        record = self.records.get(image_id)
        if record is None:
            raise NotFoundError("There is no image with this id.")
        return present(record, self._presigned_url, self.url_lifetime_seconds)

    def _presigned_url(self, rendition: dict[str, Any]) -> str:
        source = S3Object(self.renditions_bucket, rendition["key"], rendition.get("version_id"))
        return storage.presigned_url(source, self.url_lifetime_seconds)
