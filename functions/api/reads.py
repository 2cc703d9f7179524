"""What the routes that read need of a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import NotFoundError
from api.view import present
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from api.caller import Caller
    from api.delivery import Delivery
    from image_pipeline.records import Records


class Reads(NamedTuple):
    """What the routes that read are called with.

    Args:
        records: the table of records.
        delivery: makes the URLs of renditions.
        id_salt: the salt of the image ids.
    """

    records: Records
    delivery: Delivery
    id_salt: bytes

    def record(self, image_id: str, caller: Caller) -> dict[str, Any]:
        """Return the record of an image.

        Raises:
            NotFoundError: there is none with this id, or the caller may not know of it.
        """
        return visible_record(self.records, image_id, caller)

    def show(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return what a caller sees of an image, with fresh URLs."""
        return present(record, self.delivery)


def visible_record(records: Records, image_id: str, caller: Caller) -> dict[str, Any]:
    """Return the record of an image.

    Raises:
        NotFoundError: there is none with this id, or the caller may not know of it.
    """
    logger.append_keys(image_id=image_id)
    record = records.get(image_id)
    if record is None or not caller.sees(record):
        raise NotFoundError("There is no image with this id.")
    return record
