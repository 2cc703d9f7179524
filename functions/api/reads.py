"""What the routes that read need of a deployment."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from api.errors import NotFoundError
from api.etags import etag, is_known
from api.routing import Answer, Response
from api.view import OPEN, is_gone, present, shown_renditions
from api.waiting import retry_after
from image_pipeline.history import REVISION
from image_pipeline.observability import logger

if TYPE_CHECKING:
    from api.caller import Caller
    from api.delivery import Delivery
    from api.routing import Request
    from api.waiting import Clock
    from image_pipeline.records import Records


IMAGE = {
    200: Response(
        "The image: its status, and once there is a verdict everything known about it.",
        "Image",
        headers=("ETag", "Retry-After"),
    ),
    304: Response(
        "The image is as If-None-Match names it, and URLs of that answer are valid for at "
        "least half their lifetime.",
        headers=("ETag", "Retry-After"),
    ),
}
"""What `Reads.answer` answers, as the OpenAPI document describes it."""


class Reads(NamedTuple):
    """What the routes that read are called with.

    Args:
        records: the table of records.
        delivery: makes the URLs of renditions.
        id_salt: the salt of the image ids.
        cursor_secret_arn: the secret that signs where a page of a list begins.
        clock: by which answers are held.
        read_model_table: the name of the table of counts and search terms.
        renditions_bucket: the name of the bucket of renditions.
        leases_table: the name of the table of the leases of images in review.
    """

    records: Records
    delivery: Delivery
    id_salt: bytes
    cursor_secret_arn: str
    clock: Clock
    read_model_table: str
    renditions_bucket: str
    leases_table: str

    def record(self, image_id: str, caller: Caller) -> dict[str, Any]:
        """Return the record of an image.

        Raises:
            NotFoundError: there is none with this id, or the caller may not know of it.
        """
        return visible_record(self.records, image_id, caller)

    def show(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return what a caller sees of an image, with fresh URLs."""
        return present(record, self.delivery)

    def tag(self, record: dict[str, Any]) -> str:
        """Return the ETag of what a caller sees of an image."""
        lifetime = self.delivery.lifetime if shown_renditions(record) else None
        return etag(record.get(REVISION, 0), lifetime, time.time())

    def answer(self, record: dict[str, Any], request: Request) -> Answer:
        """Answer with an image, or with 304 if the caller knows it as it is."""
        headers = {"etag": self.tag(record)}
        if record["status"] in OPEN:
            began = record.get("claimed_at") or record.get("created_at")
            headers["retry-after"] = str(retry_after(began, datetime.now(UTC)))
        if is_known(request.if_none_match, headers["etag"]):
            return Answer(304, headers=headers)
        return Answer(body=self.show(record), headers=headers)


def visible_record(records: Records, image_id: str, caller: Caller) -> dict[str, Any]:
    """Return the record of an image.

    Raises:
        NotFoundError: there is none with this id, or the caller may not know of it.
    """
    logger.append_keys(image_id=image_id)
    record = records.get(image_id)
    if record is None or is_gone(record, time.time()) or not caller.sees(record):
        raise NotFoundError("There is no image with this id.")
    return record
