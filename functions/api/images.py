"""The images that the API shows: records from the table, with URLs of their renditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.routing import NotFoundError
from api.view import present
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from api.delivery import Delivery
    from image_pipeline.records import Records


class Images(NamedTuple):
    """What every route needs of a deployment.

    Args:
        records: the table of records.
        delivery: makes the URLs of renditions.
        id_salt: the salt of the image ids.
    """

    records: Records
    delivery: Delivery
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
        return present(record, self.delivery)
